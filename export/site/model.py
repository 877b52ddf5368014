"""One model as the site shows it."""

from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class LightFile:
    """The lighter form of a model's weights: see export/weights/light.py."""

    file: str  # path from the site's top
    bytes: int
    sha256: str
    error: float  # of an answer, in [0, 1]: the largest over our own inputs

    def entry(self) -> dict[str, object]:
        """What the scripts know of it."""
        return {"file": self.file, "bytes": self.bytes, "sha256": self.sha256}


@dataclass(frozen=True)
class ReaderEntry:
    """The reader of a model's code, or of the bare pixels: see export/weights/reader_file.py."""

    stem: str  # what the name of its file begins with
    file: str  # path from the site's top
    bytes: int
    sha256: str
    classes: int
    threshold: float  # a confidence below it is "none of these"
    test_error: float  # share of the test images that it misreads

    def entry(self) -> dict[str, object]:
        """What the scripts know of it."""
        return {key: value for key, value in asdict(self).items() if key != "stem"}


@dataclass(frozen=True)
class Model:
    """What templates and scripts are told of a model."""

    name: str
    noise: str  # a key of NOISES
    level: float
    hidden: int  # units
    visible: int  # pixels
    file: str  # path of its weights from the site's top
    bytes: int
    sha256: str
    test_loss: float | None  # nats an image; None for weights trained elsewhere
    external: bool  # trained elsewhere
    light: LightFile | None = None  # where the site has one
    reader: ReaderEntry | None = None  # where there were labels

    def entry(self) -> dict[str, object]:
        """What the scripts know of it."""
        return {
            "name": self.name,
            "noise": self.noise,
            "level": self.level,
            "hidden": self.hidden,
            "file": self.file,
            "bytes": self.bytes,
            "sha256": self.sha256,
            **({"light": self.light.entry()} if self.light else {}),
            **({"reader": self.reader.entry()} if self.reader else {}),
        }
