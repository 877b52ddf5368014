"""Where the official data sets come from, and what their files are bit for bit.

The sums are those that tensorflow-datasets carries for its builders of the same names; those of the unpacked files were
taken here, of MNIST from the official ones, of Fashion-MNIST from Debian's package dataset-fashion-mnist, which has
them packed anew without name and date.
"""

from dataclasses import dataclass

STEMS = {"train": "train-images-idx3-ubyte", "test": "t10k-images-idx3-ubyte"}
LABEL_STEMS = {"train": "train-labels-idx1-ubyte", "test": "t10k-labels-idx1-ubyte"}
IDX_NAMES = " and ".join(STEMS.values())
DATA_DIR_VARIABLE = "DAE_DATA_DIR"
# What --data-dir may be, in the help of every command that has it.
DATA_DIR_HELP = (
    f"a folder with {IDX_NAMES} (.gz or not), perhaps with the files of their labels; for images of your own (the data "
    f'set "custom") also an .npz file of uint8 images, or a folder with one (default: what {DATA_DIR_VARIABLE} says, '
    "else a download)"
)


@dataclass(frozen=True)
class OfficialFile:
    """One gzipped file of an official data set."""

    name: str
    bytes: int
    sha256: str
    unpacked_sha256: str | None = None  # of the same file unpacked, where it is known


@dataclass(frozen=True)
class Source:
    """Where an official data set comes from and what its files must be."""

    url: str
    files: tuple[OfficialFile, OfficialFile]  # training images, test images
    labels: tuple[OfficialFile, OfficialFile] | None = None  # of the training images, of the test images


def _file(role: str, length: int, sha256: str, unpacked: str | None = None) -> OfficialFile:
    return OfficialFile(f"{STEMS[role]}.gz", length, sha256, unpacked)


def _labels(role: str, length: int, sha256: str, unpacked: str | None = None) -> OfficialFile:
    return OfficialFile(f"{LABEL_STEMS[role]}.gz", length, sha256, unpacked)


SOURCES: dict[str, Source] = {
    "mnist": Source(
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
        (
            _file(
                "train",
                9912422,
                "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
                "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
            ),
            _file(
                "test",
                1648877,
                "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
                "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
            ),
        ),
        (
            _labels(
                "train",
                28881,
                "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
                "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
            ),
            _labels(
                "test",
                4542,
                "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
                "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
            ),
        ),
    ),
    "fashion_mnist": Source(
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        (
            _file(
                "train",
                26421880,
                "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
                "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
            ),
            _file(
                "test",
                4422102,
                "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
                "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
            ),
        ),
        (
            _labels(
                "train",
                29515,
                "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
                "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
            ),
            _labels(
                "test",
                5148,
                "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
                "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
            ),
        ),
    ),
    "kmnist": Source(
        "http://codh.rois.ac.jp/kmnist/dataset/kmnist/",
        (
            _file("train", 18165135, "51467d22d8cc72929e2a028a0428f2086b092bb31cfb79c69cc0a90ce135fde4"),
            _file("test", 3041136, "edd7a857845ad6bb1d0ba43fe7e794d164fe2dce499a1694695a792adfac43c5"),
        ),
        (
            _labels("train", 29497, "e38f9ebcd0f3ebcdec7fc8eabdcdaef93bb0df8ea12bee65224341c8183d8e17"),
            _labels("test", 5120, "20bb9a0ef54c7db3efc55a92eef5582c109615df22683c380526788f98e42a1c"),
        ),
    ),
}
