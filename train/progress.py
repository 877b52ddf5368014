"""What the person at the terminal sees while models are trained.

In:  the events of the workers (see train.sweep).
Out: on a terminal one bar for each model in training, redrawn in place, with epoch, loss, samples/s and the time left
     of the whole sweep; elsewhere a line for each epoch. Both end in the same closing table.
"""

import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TextIO

_BAR = 24  # characters
_SHORTEST = 8  # that a bar is drawn with
_SIGNS = "█░"  # done, and not


def duration(seconds: float) -> str:
    """Seconds as 1:02:03 or 2:03."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


@dataclass(frozen=True)
class _Bar:
    """What is known of a model in training."""

    name: str
    epoch: int
    epochs: int
    loss: float
    rate: float
    left: str

    def line(self) -> str:
        """All of it, without a bar."""
        return f"{self.name:20} epoch {self.epoch:3}/{self.epochs}  {self._facts(True)}"

    def drawn(self, columns: int, signs: str = _SIGNS) -> str:
        """A line with a bar that is not wrapped: the bar is shortened first, then the rate is left out."""
        for with_rate in (True, False):
            rest = f"{self.epoch:3}/{self.epochs}  {self._facts(with_rate)}"
            length = min(_BAR, columns - 1 - len(f"{self.name:20}  {rest}"))
            if length >= _SHORTEST:
                filled = length * self.epoch // self.epochs
                return f"{self.name:20} {signs[0] * filled}{signs[1] * (length - filled)} {rest}"
        return f"{self.name} {rest}"[: max(columns - 1, 1)]

    def _facts(self, with_rate: bool) -> str:
        rate = f"  {self.rate:8,.0f} samples/s" if with_rate else ""
        return f"loss {self.loss:7.2f}{rate}  {self.left} left"


def _columns() -> int:
    return shutil.get_terminal_size().columns


def _can_say(out: TextIO, text: str) -> bool:
    """Whether the terminal's encoding has all of these letters."""
    try:
        text.encode(out.encoding or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


class Progress:
    """Follows a sweep of `epochs[name]` epochs for each model and writes to `out`.

    `costs[name]` says what an epoch of a model takes in relation to those of others, all the same if left out;
    `cores` how many there are, and `threads[name]` over how many of them a model is divided, one if left out.
    """

    def __init__(
        self,
        out: TextIO,
        epochs: Mapping[str, int],
        costs: Mapping[str, int] | None = None,
        cores: int = 1,
        threads: Mapping[str, int] | None = None,
    ) -> None:
        self._out = out
        self._live = out.isatty()
        self._signs = _SIGNS if _can_say(out, _SIGNS) else "#-"
        self._epochs = dict(epochs)
        self._costs = dict(costs or dict.fromkeys(epochs, 1))
        self._cores = cores
        self._places = {name: min((threads or {}).get(name, 1), cores) for name in epochs}
        self._done: dict[str, int] = {}  # epochs of each model that is or was in training
        self._bars: dict[str, _Bar] = {}  # of the models in training
        self._drawn = 0  # lines on the terminal that can be redrawn
        self._free = time.monotonic()  # since when the next model may be in training
        self._heard: dict[str, float] = {}  # when the last epoch of a model ended
        self._seconds = self._cost = 0.0  # of all epochs that this run trained; seconds of every place that it takes

    def epoch(self, event: Mapping[str, Any]) -> None:
        """One more epoch of one model."""
        name, number, now = event["name"], event["epoch"], time.monotonic()
        self._seconds += (now - self._heard.get(name, self._free)) * self._places[name]
        self._cost += self._costs[name]
        self._done[name] = number
        self._heard[name] = now
        bar = _Bar(name, number, self._epochs[name], event["loss"], event["rate"], duration(self._left(now)))
        if self._live:
            self._bars[name] = bar
            self._redraw()
        else:
            self._print(bar.line())

    def note(self, text: str) -> None:
        """A sentence that stays."""
        self._erase()
        self._print(text)
        self._redraw()

    def finish(self, name: str) -> None:
        """A model is done with: its bar, if there is one, stays as it is."""
        self._done[name] = self._epochs.get(name, 0)
        self._free = time.monotonic()
        if name in self._bars:
            self._erase()
            self._print(self._bars.pop(name).drawn(_columns(), self._signs))
            self._redraw()

    def table(self, rows: Mapping[str, Mapping[str, Any]]) -> None:
        """The closing table: what was trained, and how well."""
        if not rows:
            return
        self._print(f"\n{'model':20} {'epochs':>6} {'test loss':>10} {'on clean input':>15} {'time':>9}")
        for name, row in rows.items():
            self._print(
                f"{name:20} {self._epochs[name]:6} {row['test_loss']:10.2f} {row['test_loss_clean']:15.2f} "
                f"{duration(row['seconds']):>9}"
            )

    def _left(self, now: float) -> float:
        """The seconds that the rest of the sweep takes at the pace so far, in the order that `pool.run` has."""
        pace = self._seconds / self._cost

        def seconds(name: str) -> float:
            whole = (self._epochs[name] - self._done.get(name, 0)) * self._costs[name] * pace / self._places[name]
            return max(whole - (now - self._heard.get(name, now)), 0.0)

        busy = [0.0] * self._cores  # for how long, the soonest free first
        for places, left in sorted(((self._places[name], seconds(name)) for name in self._epochs), reverse=True):
            busy[:places] = [busy[places - 1] + left] * places
            busy.sort()
        return busy[-1]

    def _print(self, line: str) -> None:
        print(line, file=self._out, flush=True)

    def _erase(self) -> None:
        if self._live and self._drawn:
            self._out.write(f"\x1b[{self._drawn}F\x1b[J")
        self._drawn = 0

    def _redraw(self) -> None:
        if self._live:
            self._erase()
            self._out.write("".join(f"{bar.drawn(_columns(), self._signs)}\n" for bar in self._bars.values()))
            self._out.flush()
            self._drawn = len(self._bars)
