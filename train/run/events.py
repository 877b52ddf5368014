"""What a training says while it goes on, and what comes of it: from a worker process, or from a sweep over a mesh.

In:  `Event`s, made by train.run.sweep, train.run.work and train.run.worker.
Out: the same, heard by train.run.listener. `Done`, `Measured`, `Read`, `Studied` or `Stopped` is a task's last.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from train.learn.knowledge import Asking, Dreaming, Reading
from train.learn.measures import Measures
from train.learn.params import Params
from train.learn.readers import Learned
from train.run.task import Part
from train.settings.config import ModelSpec


@dataclass(frozen=True)
class Epoch:
    """A model went through the training images once more."""

    name: str
    epoch: int  # how often by now
    loss: float  # mean of the epoch, in nats an image
    rate: float  # samples a second


@dataclass(frozen=True)
class Note:
    """Something to know that stops nothing."""

    text: str


@dataclass(frozen=True)
class Stopped:
    """A model is not trained any further, and why."""

    name: str
    text: str


@dataclass(frozen=True)
class Done:
    """A model went all its epochs: all that is saved of it."""

    spec: ModelSpec
    params: Params  # numpy
    golden: NDArray[np.float32]  # [count, visible], what it makes of the golden inputs
    measures: Measures
    training: list[float]  # mean loss of each epoch
    validation: list[float]  # loss on the images held out after each epoch, if any were
    seconds: float  # of training


@dataclass(frozen=True)
class Measured:
    """A model that was trained before is measured."""

    spec: ModelSpec
    measures: Measures


@dataclass(frozen=True)
class Read:
    """A reader was learned, of a model that was trained before or of the bare pixels."""

    spec: ModelSpec  # of the model, or one called train.learn.readers.PIXELS
    learned: Learned
    golden: NDArray[np.float32]  # [count, classes], what it makes of the golden inputs: shares of belief


@dataclass(frozen=True)
class Studied:
    """One part of what a code knows, or of what comes of asking again, was measured."""

    spec: ModelSpec
    part: Part
    seed: int
    result: Reading | dict[int, float] | Asking | Dreaming  # as the part has it in train.learn.knowledge


Result = Done | Measured | Read | Studied
Event = Epoch | Note | Stopped | Result
Tell = Callable[[Epoch | Note | Stopped], object]
Take = Callable[[Result], None]
