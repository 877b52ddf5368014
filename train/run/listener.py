"""Who hears the events of a sweep: shows them, hands on what is finished, and remembers what failed.

In:  `Event`s (see train.run.events).
Out: what `Progress` shows, calls of `take`, and `failed`, the sentences of the models that were stopped, by name.
"""

from train.run.events import Done, Epoch, Event, Measured, Note, Read, Stopped, Studied, Take
from train.run.progress import Progress


class Listener:
    """Hears of all models of one sweep."""

    def __init__(self, progress: Progress, take: Take) -> None:
        self.failed: dict[str, str] = {}
        self._progress = progress
        self._take = take

    def hear(self, event: Event) -> bool:
        """One event; False where it is the last of its model."""
        match event:
            case Epoch():
                self._progress.epoch(event)
                return True
            case Note():
                self._progress.note(event.text)
                return True
            case Stopped():
                self.failed[event.name] = event.text
                self._progress.note(event.text)
                self._progress.finish(event.name)
            case Read(spec, learned):
                self._take(event)
                self._progress.note(f"{spec.name:20} its reader misreads {learned.test_error:.2%} of the test images")
                self._progress.finish(spec.name)
            case Studied():
                self._take(event)
                seed = f" {event.seed}" if event.part in ("tuning", "asking") else ""
                self._progress.note(f"{event.spec.name:20} {event.part}{seed} is measured")
                self._progress.finish(event.spec.name)
            case Done() | Measured():
                self._take(event)
                self._progress.finish(event.spec.name)
        return False
