"""The errors that are meant for the person at the keyboard.

A command prints `str(error)` to stderr and exits with 1; every message says what, where, what was expected and what
was got.
"""


class DaeError(Exception):
    """Something outside the program is wrong, and the message says what to do. Base of all such errors."""


class ConfigError(DaeError, ValueError):
    """`models.toml` asks for something that is not possible; the message names file, key and value."""


class DataError(DaeError):
    """The images are missing, damaged or of another kind than asked for."""


class CheckpointError(DaeError):
    """A checkpoint could not be written or does not hold what it should."""


class TrainingError(DaeError):
    """A model could not be trained, for example because its loss is no longer a finite number."""
