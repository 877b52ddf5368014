"""Images of the data set that the page has networks learn from, where models.toml asks for some.

In:  a `Config` and, perhaps, where its data set lies.
Out: the first so many training images as one gzipped IDX file, as MNIST's own come; the same bytes for the same images.
"""

import gzip
from dataclasses import dataclass
from pathlib import Path

from train.data.dataset import load_dataset
from train.errors import ConfigError
from train.settings.config import Config

IDX_IMAGES = 0x0803  # uint8, three dimensions: http://yann.lecun.com/exdb/mnist/, "FILE FORMATS"


@dataclass(frozen=True)
class TrainingImages:
    """Images, packed."""

    count: int
    side: int  # pixels
    packed: bytes  # an IDX file, gzipped


def read_training_images(config: Config, data_dir: Path | None) -> TrainingImages | None:
    """What `[page] training_images` asks for; None where it asks for none."""
    count = config.page.training_images
    if count == 0:
        return None
    dataset = load_dataset(config.dataset, data_dir)
    if count > len(dataset.train):
        raise ConfigError(
            f"{config.path}: [page]: training_images: expected at most {len(dataset.train)}, as many as "
            f"{config.dataset!r} has, got {count}"
        )
    head = b"".join(number.to_bytes(4, "big") for number in (IDX_IMAGES, count, dataset.side, dataset.side))
    return TrainingImages(count, dataset.side, gzip.compress(head + dataset.train[:count].tobytes(), 9, mtime=0))
