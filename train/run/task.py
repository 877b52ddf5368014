"""What a worker process, or one place of a mesh, is to do."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from train.learn.params import Params
from train.learn.readers import Reader
from train.settings.config import ModelSpec


@dataclass(frozen=True)
class Task:
    """One model to train, or with `params` only to measure."""

    spec: ModelSpec
    data_dir: Path | None
    checkpoints_folder: Path
    noises: Mapping[str, tuple[str, float]]  # the names, kinds and levels to measure the test loss on
    golden: NDArray[np.float32]  # [count, visible]: the inputs whose reconstructions go with the weights
    held_out: int = 0  # training images kept aside to measure the loss on after every epoch
    params: Params | None = None


@dataclass(frozen=True)
class ReaderTask:
    """One reader to learn: of the model with these params or, where there are none, of the bare pixels."""

    spec: ModelSpec
    data_dir: Path | None
    golden: NDArray[np.float32]  # [count, visible]
    params: Params | None


Part = Literal["reading", "tuning", "asking", "dreaming"]


@dataclass(frozen=True)
class StudyTask:
    """One part of what is measured of a trained code, from one seed; `params` are None for the bare pixels."""

    spec: ModelSpec
    data_dir: Path | None
    part: Part
    seed: int  # 0 where a part has but one
    params: Params | None
    reader: Reader | None  # of this code; None where there is none, of units that were never trained
    pixels: Reader | None  # that of the bare pixels
    digits: int  # test images whose halves are asked for


AnyTask = Task | ReaderTask | StudyTask
