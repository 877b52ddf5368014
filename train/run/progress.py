"""What the person at the terminal sees while models are trained.

In:  the models, and the events of their training (see train.run.events).
Out: on a terminal one bar for each model in training, drawn by tqdm, with epoch, loss, the time left of the whole sweep
     and samples/s; elsewhere a line for each epoch. Both end in the same closing table.
"""

import heapq
import time
from collections.abc import Mapping, Sequence
from typing import NoReturn, Protocol, runtime_checkable

from tqdm import tqdm

from train.run.events import Done, Epoch
from train.settings.config import ModelSpec

_BAR = "{desc:20} {bar} {n_fmt:>3}/{total_fmt}{postfix}"  # cut at its end where the terminal is narrow


def duration(seconds: float) -> str:
    """Seconds as 1:02:03 or 2:03."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


@runtime_checkable
class Out(Protocol):
    """Where it is written to: a terminal, a file, a pipe."""

    def write(self, text: str, /) -> object:
        """Write all of the text."""

    def flush(self) -> object:
        """Let what was written be seen."""

    def isatty(self) -> bool:
        """Whether it is a terminal."""


class Progress:
    """Follows a sweep of these models, so many at a time, and writes to `out`."""

    def __init__(self, out: Out, specs: Sequence[ModelSpec] = (), at_a_time: int = 1) -> None:
        self._out = out
        self._epochs = {spec.name: spec.recipe.epochs for spec in specs}
        self._costs = {spec.name: spec.recipe.hidden for spec in specs}  # of an epoch, in relation to those of others
        self._at_a_time = at_a_time
        self._done: dict[str, int] = {}  # epochs of each model that is or was in training
        self._bars: dict[str, tqdm[NoReturn]] = {}  # of the models in training
        self._free = time.monotonic()  # since when the next model may be in training
        self._heard: dict[str, float] = {}  # when the last epoch of a model ended
        self._seconds = self._cost = 0.0  # of all epochs that this run trained

    def epoch(self, event: Epoch) -> None:
        """One more epoch of one model."""
        name, now = event.name, time.monotonic()
        self._seconds += now - self._heard.get(name, self._free)
        self._cost += self._costs[name]
        self._done[name] = event.epoch
        self._heard[name] = now
        facts = f"loss {event.loss:.2f}, {duration(self._left(now))} left, {event.rate:,.0f} samples/s"
        if self._out.isatty():
            if name not in self._bars:
                self._begin(name)
            self._bars[name].n = event.epoch
            self._bars[name].set_postfix_str(facts)
        else:
            self.note(f"{name:20} epoch {event.epoch:3}/{self._epochs[name]}, {facts}")

    def note(self, text: str) -> None:
        """A sentence that stays, above the bars."""
        tqdm.write(text, file=self._out)
        self._out.flush()

    def finish(self, name: str) -> None:
        """A model is done with: its bar, if there is one, stays as it is, above those of the others."""
        self._done[name] = self._epochs.get(name, 0)
        self._free = time.monotonic()
        if bar := self._bars.pop(name, None):
            last = str(bar)
            bar.clear()  # which leaves the cursor where a line begins
            bar.close()
            self.note(last)

    def table(self, trained: Mapping[str, Done]) -> None:
        """The closing table: what was trained, and how well."""
        if not trained:
            return
        self.note(f"\n{'model':20} {'epochs':>6} {'test loss':>10} {'on clean input':>15} {'time':>9}")
        for name, done in trained.items():
            self.note(
                f"{name:20} {self._epochs[name]:6} {done.measures.test_loss:10.2f} "
                f"{done.measures.test_loss_clean:15.2f} {duration(done.seconds):>9}"
            )

    def _left(self, now: float) -> float:
        """The seconds that the rest of the sweep takes at the pace so far, in the order that `pool.run` has."""
        pace = self._seconds / self._cost

        def seconds(name: str) -> float:
            whole = (self._epochs[name] - self._done.get(name, 0)) * self._costs[name] * pace
            return max(whole - (now - self._heard.get(name, now)), 0.0)

        busy = [0.0] * self._at_a_time  # for how long
        for left in sorted(map(seconds, self._epochs), reverse=True):
            heapq.heapreplace(busy, busy[0] + left)
        return max(busy)

    def _begin(self, name: str) -> None:
        total = self._epochs[name]
        self._bars[name] = tqdm(
            desc=name, total=total, file=self._out, bar_format=_BAR, dynamic_ncols=True, leave=False, mininterval=0
        )
