"""What the person at the terminal sees while models are trained.

In:  the events of the workers (see train.sweep).
Out: on a terminal one bar for each model in training, redrawn in place, with epoch, loss, samples/s and the time left
     of the whole sweep; elsewhere a line for each epoch. Both end in the same closing table.
"""

import time
from collections.abc import Mapping
from typing import Any, TextIO

_BAR = 24  # characters


def duration(seconds: float) -> str:
    """Seconds as 1:02:03 or 2:03."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


class Progress:
    """Follows a sweep of `epochs[name]` epochs for each model and writes to `out`."""

    def __init__(self, out: TextIO, epochs: Mapping[str, int]) -> None:
        self._out = out
        self._live = out.isatty()
        self._epochs = dict(epochs)
        self._first: dict[str, int] = {}  # the epoch that a model went on from
        self._done: dict[str, int] = {}
        self._bars: dict[str, str] = {}  # of the models in training
        self._drawn = 0  # lines on the terminal that can be redrawn
        self._started = time.monotonic()

    def epoch(self, event: Mapping[str, Any]) -> None:
        """One more epoch of one model."""
        name, number, total = event["name"], event["epoch"], self._epochs[event["name"]]
        self._first.setdefault(name, number - 1)
        self._done[name] = number
        facts = f"loss {event['loss']:7.2f}  {event['rate']:8,.0f} samples/s  {self._left()} left"
        if self._live:
            filled = _BAR * number // total
            bar = "█" * filled + "░" * (_BAR - filled)
            self._bars[name] = f"{name:20} {bar} {number:3}/{total}  {facts}"
            self._redraw()
        else:
            self._print(f"{name:20} epoch {number:3}/{total}  {facts}")

    def note(self, text: str) -> None:
        """A sentence that stays."""
        self._erase()
        self._print(text)
        self._redraw()

    def finish(self, name: str) -> None:
        """A model is done with: its bar, if there is one, stays as it is."""
        self._done[name] = self._epochs.get(name, 0)
        self._first.setdefault(name, self._done[name])
        if name in self._bars:
            self._erase()
            self._print(self._bars.pop(name))
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

    def _left(self) -> str:
        """The time that the rest of the sweep takes at the pace so far."""
        trained = sum(done - self._first[name] for name, done in self._done.items())
        resumed = sum(self._first.values())
        left = sum(self._epochs.values()) - trained - resumed
        return duration((time.monotonic() - self._started) / max(trained, 1) * left)

    def _print(self, line: str) -> None:
        print(line, file=self._out, flush=True)

    def _erase(self) -> None:
        if self._live and self._drawn:
            self._out.write(f"\x1b[{self._drawn}F\x1b[J")
        self._drawn = 0

    def _redraw(self) -> None:
        if self._live:
            self._erase()
            self._out.write("".join(f"{bar}\n" for bar in self._bars.values()))
            self._out.flush()
            self._drawn = len(self._bars)
