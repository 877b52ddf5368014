"""What is made of the weights: a site in a folder, in one file, or served; or the models alone.

In:  the options of `build`, `serve` and `export`.
Out: what was asked for, and a line about it. Only `build` trains what is missing; then this needs JAX.
"""

import argparse
import functools
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from export.assets import default_config, folder_of, template_folder
from export.command_places import PROJECT, weights_folder
from export.site.bundle import export_models
from export.site.inputs import Inputs, gather
from export.site.mark import check_page, replace_page, sign_page
from export.site.ours import check_replaceable
from export.site.single_file import make_single
from export.site.site import make_files
from export.site.statics import FOLDER
from export.site.swap import replace_folder
from export.site.training_images import read_training_images
from export.weights.kept import as_trained, refuse_loss
from export.weights.models import images_digest, missing, read_models
from train.data.dataset import named_folder
from train.errors import DaeError, printable, sentence
from train.files import resolved
from train.settings.config import Config
from train.settings.reader import read_config

Say = Callable[[str], None]


class OptionError(DaeError):
    """Options that exclude one another."""


def build(options: argparse.Namespace, *, train: bool, say: Say | None = None) -> str:
    """Build the site and say in one line what it is; `say` takes what there is to say besides."""
    say = say or _say
    out = options.out or Path("_site")
    dtype = options.dtype or "F32"
    check_replaceable(out)
    inputs = _gather(options, say, train=train)
    files = make_files(inputs, dtype, options.url, pwa=train and options.pwa, static=_static(options))
    for note in replace_folder(out, files):
        say(f"note: {note}")
    count, length = len(inputs.weights), sum(map(len, files.values()))
    return f"{out}: {count} models in {dtype}, {len(files)} files, {length:,} bytes"


def build_single(options: argparse.Namespace) -> str:
    """Build the site as one file and say in one line what it is."""
    out = options.out or Path("_site.html")
    dtype = options.dtype or "F16"
    if options.pwa:
        raise OptionError("--pwa: expected a site in a folder, got --single-file")
    check_page(out)
    inputs = _gather(options, _say, train=True)
    data = sign_page(make_single(inputs, dtype, options.url))
    replace_page(out, data)
    return f"{out}: {len(inputs.weights)} models in {dtype}, one file, {len(data):,} bytes"


def serve_site(options: argparse.Namespace) -> None:
    """Serve the site until Ctrl-C; built anew, but never trained."""
    from export.site.serve import Served, serve  # only here: a build opens no socket

    options.out = options.out or Path("_site")
    out = resolved(options.out)
    for folder in _read_by(options):
        if resolved(folder) in (out, *out.parents):
            raise OptionError(f"--out: expected a folder outside of {folder}, which is watched, got {options.out}")
    serve(
        Served(options.out, options.host, options.port, options.open),
        lambda say: build(options, train=False, say=say),
        lambda: _read_by(options),
        _say,
        sentence,
    )


def _read_by(options: argparse.Namespace) -> list[Path]:
    """The files and folders that a build reads, as far as they are known while models.toml is faulty."""
    config = options.config or default_config()
    places = [config, options.template or template_folder(), options.static or folder_of(config) / FOLDER]
    places += [options.weights] if options.weights else [folder_of(config) / "weights", PROJECT]
    settings = _settings(config, _stamp(config))
    if settings and settings.page.training_images and (images := options.data_dir or named_folder()):
        places.append(images)
    return [*places, *(spec.weights_file for spec in (settings.models if settings else ()) if spec.weights_file)]


def _stamp(path: Path) -> tuple[int, int]:
    """What is another after a file was saved."""
    with suppress(OSError):
        status = path.stat()
        return status.st_mtime_ns, status.st_size
    return 0, 0


@functools.lru_cache(maxsize=1)
def _settings(config: Path, _: tuple[int, int]) -> Config | None:
    """What models.toml says, if that can be told; not read again until it is saved."""
    with suppress(DaeError):
        return read_config(config)
    return None


def export(options: argparse.Namespace) -> str:
    """Write the models alone and say in one line what that was."""
    config, folder = _places(options, _say)
    return export_models(config, folder, options.template or template_folder(), options.out, options.dtype)


def _static(options: argparse.Namespace) -> Path | None:
    """The folder with the owner's own files, where there is one."""
    beside = folder_of(options.config or default_config()) / FOLDER
    given: Path | None = options.static
    return given or (beside if beside.is_dir() else None)


def _places(options: argparse.Namespace, say: Say) -> tuple[Config, Path]:
    """models.toml and the weights folder; what --weights names is shown as it was trained."""
    config = read_config(options.config or default_config())
    folder = weights_folder(config, options.weights)
    if options.weights:
        config, notes = as_trained(config, folder)
        for note in notes:
            say(note)
    return config, folder


def _gather(options: argparse.Namespace, say: Say, *, train: bool) -> Inputs:
    """All that a site is made of."""
    config, folder = _places(options, say)
    if train:
        _train_missing(config, folder, options.data_dir)
    training = read_training_images(config, options.data_dir)
    return gather(config, read_models(config, folder), folder, options.template or template_folder(), training)


def _train_missing(config: Config, folder: Path, data_dir: Path | None) -> None:
    """Train the models whose weights are not there or of another recipe, and say why."""
    reasons = missing(config, folder, images_digest(config, data_dir))
    if not reasons:
        return
    for name, reason in reasons.items():
        _say(f"training {name}: {reason}")
    specs = [spec for spec in config.models if spec.name in reasons]
    refuse_loss(specs, folder)
    from train.command import train_models  # only here: what trains is slow to import, and need not be installed

    train_models(config, specs, folder, data_dir)


def _say(line: str) -> None:
    print(printable(line), flush=True)
