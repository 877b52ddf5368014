"""An error that ended a model's training, as one sentence."""

from train.errors import DaeError, sentence


def failure(name: str, error: Exception) -> str:
    """What ended the training of the model `name`."""
    if isinstance(error, DaeError):
        return str(error)
    if is_out_of_memory(error):
        return f"{name}: out of memory"
    return f"{name}: {sentence(error)}"


def is_out_of_memory(error: Exception) -> bool:
    """Whether Python or XLA asked for more memory than there is; XLA says so in words only."""
    return isinstance(error, MemoryError) or "RESOURCE_EXHAUSTED" in str(error)


def is_foreseen(error: Exception) -> bool:
    """Whether it is no fault of the program's."""
    return isinstance(error, DaeError) or is_out_of_memory(error)
