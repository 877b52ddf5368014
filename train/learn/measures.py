"""What is measured of a model on the test images; how, train.learn.measure says. Imports no JAX."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Completion:
    """What the model makes of digits whose lower half is erased, as shares of the erased ink."""

    restored: float
    added: float


@dataclass(frozen=True)
class Cleaning:
    """What the model makes of digits with specks."""

    removed: float  # share of the specks' ink
    lost: float  # share of the digits' ink


@dataclass(frozen=True)
class Measures:
    """All of it; losses in nats an image."""

    test_loss: float  # the noise as trained
    test_loss_clean: float
    test_loss_by_noise: dict[str, float]  # by the name of a noise and its level
    completion: Completion
    cleaning: Cleaning
    # Standard deviation of the test loss over draws of the noise; None in a report from before it was measured.
    test_loss_spread: float | None = None
