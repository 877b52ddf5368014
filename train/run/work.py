"""One task from its checkpoint to its results, in this process.

In:  a `Task`, and whom to tell of every epoch.
Out: a `Done`, a `Measured`, a `Read` or a `Studied`; None for a model that was stopped, which has been told of.

What fits readers is imported where one is: SciPy takes longer to load than a small model to train.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from train.data.dataset import Dataset, load_dataset
from train.errors import DataError
from train.learn.measure import measure, reconstructions
from train.learn.training import make_mesh
from train.run import sweep
from train.run.events import Done, Measured, Read, Result, Tell
from train.run.sweep import Trained
from train.run.task import AnyTask, ReaderTask, StudyTask, Task

Images = NDArray[np.uint8]


def work(task: AnyTask, tell: Tell) -> Result | None:
    """Train and measure one model, only measure it, learn a reader, or measure what a code knows."""
    dataset = load_dataset(task.spec.dataset, task.data_dir)
    if isinstance(task, ReaderTask):
        return learned(dataset, task)
    if isinstance(task, StudyTask):
        from train.run.study import study

        return study(dataset, task)
    if task.params is not None:
        return Measured(task.spec, measure(task.params, dataset.test, task.spec, task.noises))
    images, held_out, digest = divided(dataset, task.held_out)
    mesh = make_mesh(1, 1)
    trained: Sequence[Trained] = sweep.train_group(
        [task.spec], images, digest, mesh, task.checkpoints_folder, tell, held_out
    )
    return finished(trained[0], dataset, task) if trained else None


def divided(dataset: Dataset, held_out: int) -> tuple[Images, Images | None, str]:
    """The images to train on, the last ones if they are kept aside, and a digest of this division."""
    split = len(dataset.train) - held_out
    return dataset.train[:split], dataset.train[split:] if held_out else None, f"{dataset.digest()} {split}"


def finished(one: Trained, dataset: Dataset, task: Task) -> Done:
    """All that is saved of a trained model."""
    return Done(
        spec=one.spec,
        params=one.params,
        golden=reconstructions(one.params, task.golden),
        measures=measure(one.params, dataset.test, one.spec, task.noises),
        training=one.training,
        validation=one.validation,
        seconds=round(one.seconds, 1),
    )


def learned(dataset: Dataset, task: ReaderTask) -> Read:
    """A reader, and what it makes of the golden inputs."""
    from train.learn.fit_reader import probabilities
    from train.learn.read_codes import encoded, learn_reader

    if dataset.labels is None:
        raise DataError(f"{task.spec.name}: expected images with labels, got images alone")
    found = learn_reader(task.params, dataset.train, dataset.test, dataset.labels)
    golden = probabilities(found.reader, encoded(task.params, task.golden))
    return Read(task.spec, found, golden)
