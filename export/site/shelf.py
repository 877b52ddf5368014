"""The shelf: every asset of a site under a name that holds its hash, so that a name never changes its content.

In:  assets as bytes by plain name.  Out: files by their path from the site's top, and what scripts are told of them.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from export.site.manifest import hashed_name
from export.site.model import Model, ReaderEntry


@dataclass(frozen=True)
class Asset:
    """What the scripts need to fetch a file."""

    file: str  # path from the site's top
    bytes: int


class Shelf:
    """Assets under hashed names."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}  # by path from the site's top
        self.paths: dict[str, str] = {}  # path by plain name

    def put(self, name: str, data: bytes) -> Asset:
        """Keep an asset."""
        path = f"assets/{hashed_name(name.replace('/', '-'), data)}"
        self.files[path] = data
        self.paths[name] = path
        return Asset(path, len(data))

    def get(self, name: str) -> bytes:
        """An asset that is kept."""
        return self.files[self.paths[name]]


@dataclass(frozen=True)
class TrainingEntry(Asset):
    """Images of the data set, gzipped IDX, that networks learn from in the page."""

    dataset: str
    count: int


@dataclass(frozen=True)
class SiteData:
    """What scripts are told, on whatever page they run."""

    shape: tuple[int, int]  # rows and columns of an image
    dtype: str  # of the weights: "F32" or "F16"
    models: tuple[Model, ...]
    kernel: Mapping[str, Asset]  # WebAssembly by variant
    trainer: Mapping[str, Asset]  # the same of what trains in the page, and its "worker"
    golden: Asset
    style: Asset  # of what comes later than the first view
    words: Mapping[str, Asset]  # of the same, by language
    samples: Asset
    roll: Asset  # all models, as JSON
    reader: ReaderEntry | None  # of the bare pixels
    grammar: Asset  # of the digits that the page draws
    training: TrainingEntry | None
    embed: str  # code that shows the lab in another page

    def entry(self) -> dict[str, object]:
        """The same as JSON has it."""
        reader = self.reader and self.reader.entry()
        return asdict(self) | {"models": [model.entry() for model in self.models], "reader": reader}
