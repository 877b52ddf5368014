"""One part of what is measured of a trained code, in this process.

In:  a `StudyTask` and the images.
Out: `Studied`: a part of `Knowledge` (see train.learn.knowledge), to be added to what is known already.
"""

from train.data.dataset import Dataset, Labels
from train.errors import DataError
from train.learn.fit_reader import error_of
from train.learn.knowledge import Asking, Dreaming, Reading
from train.learn.measure_asking import measure_asking
from train.learn.measure_dreaming import measure_dreaming
from train.learn.measure_reading import measure_reading
from train.learn.measure_tuning import measure_tuning
from train.learn.read_codes import features_of, learn_reader
from train.run.events import Studied
from train.run.task import StudyTask


def study(dataset: Dataset, task: StudyTask) -> Studied:
    """What the task asks for."""
    if dataset.labels is None:
        raise DataError(f"{task.spec.name}: expected images with labels, got images alone")
    result: Reading | dict[int, float] | Asking | Dreaming
    match task.part:
        case "reading":
            result = _reading(dataset, dataset.labels, task)
        case "tuning":
            assert task.params is not None
            result = measure_tuning(task.params, dataset.train, dataset.test, dataset.labels, task.seed)
        case "asking":
            assert task.params is not None
            assert task.pixels is not None
            assert task.reader is not None
            noise, readers = (task.spec.noise, task.spec.level), (task.pixels, task.reader)
            test, known = dataset.test[: task.digits], dataset.labels.test[: task.digits]
            result = measure_asking(task.params, noise, test, known, readers, task.seed)
        case "dreaming":
            assert task.params is not None
            assert task.reader is not None
            noise = task.spec.noise, task.spec.level
            result = measure_dreaming(task.params, noise, dataset.train, dataset.test, task.reader)
    return Studied(task.spec, task.part, task.seed, result)


def _reading(dataset: Dataset, labels: Labels, task: StudyTask) -> Reading:
    train, test = (features_of(task.params, images) for images in (dataset.train, dataset.test))
    if task.reader is None:  # of units before training, of which none is kept
        error = learn_reader(task.params, dataset.train, dataset.test, labels).test_error
    else:
        error = error_of(task.reader, test, labels.test)
    return measure_reading(train, test, labels, error)
