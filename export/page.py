"""The pages: one Jinja environment, one typed context in, HTML out.

Everything that a template prints is escaped; data reaches the scripts as JSON that no markup can leave. A template or a
message that is missing is an error that names the template, its line and what it asked for.

A template sees the fields of `PageContext` and three functions:
    t("pad.clear", name=value)   the message of that key in the page's language, its placeholders filled
    t("pad.clear", "ja")         the same in another language
    asset("style.css")           the URL of an asset from this page
    policy(style)                the content security policy of a page without scripts and with that one inline style
"""

import base64
import functools
import hashlib
import json
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateError, TemplateNotFound
from markupsafe import Markup

from export.catalogue import CatalogueError, Messages, fill
from train.errors import DaeError
from train.noise import Noise

if TYPE_CHECKING:
    from export.figures import Figures

SCRIPT_MESSAGES = "script."  # messages whose key starts so are for the scripts
LATER_MESSAGES = "later."  # and these are for scripts that come when a panel is unfolded, and with them


class PageError(DaeError):
    """A template cannot be rendered."""


@dataclass(frozen=True)
class Model:
    """One model as the page shows it."""

    name: str
    noise: str  # a key of NOISES
    level: float
    hidden: int  # units
    visible: int  # pixels
    file: str  # path of its weights from the site's top
    bytes: int
    sha256: str
    test_loss: float | None  # nats an image; None for weights trained elsewhere
    own: bool  # trained elsewhere

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
        }


@dataclass(frozen=True)
class PageContext:
    """All that a template may use, beside `t` and `asset`."""

    locale: str  # the page's language
    locales: tuple[str, ...]  # all languages, the default one first
    other: str  # the language that the page offers instead
    root: str  # from this page to the site's top: "./" or "../"
    url: str  # absolute URL of the site with a slash at its end; empty where it is not known
    dtype: str  # "F32" or "F16"
    models: tuple[Model, ...]
    noises: tuple[Noise, ...]
    dataset: str  # as in models.toml
    report: Mapping[str, Any]  # weights/report.json
    figures: "Figures"  # what the report's figures show
    presets: Mapping[str, str]  # links that set the page up, by name: see export/presets.py
    main: str  # URL of the first script
    preloads: tuple[str, ...]  # URLs of the scripts that it needs at once
    guard: Markup  # the script that says what does not come, which runs first
    csp: str
    site_json: Markup
    importmap_json: Markup


@functools.lru_cache(maxsize=2)
def make_environment(folder: Path) -> Environment:
    """The one Jinja environment; templates that did not change since the last build are not compiled again."""
    return Environment(
        loader=FileSystemLoader(folder),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def render(
    environment: Environment,
    template: str,
    context: PageContext,
    catalogues: Mapping[str, Messages],
    assets: Mapping[str, str],
) -> bytes:
    """One page as UTF-8. `assets` gives each asset's path from the site's top."""

    def t(key: str, locale: str = context.locale, /, **values: object) -> str:
        if key not in catalogues[locale]:
            raise CatalogueError(f"expected a message {key!r} in the catalogue {locale}, got none")
        try:
            return fill(catalogues[locale][key], values)
        except CatalogueError as error:
            raise CatalogueError(f"message {key!r} in {locale}: {error}") from None

    def asset(name: str) -> str:
        if name not in assets:
            raise PageError(f"asset {name!r}: expected one of {', '.join(sorted(assets))}")
        return context.root + assets[name]

    def policy(style: str) -> str:
        return content_security_policy(styles=(str(style),))

    variables = {field.name: getattr(context, field.name) for field in fields(context)}
    try:
        text = environment.get_template(template).render(variables, t=t, asset=asset, policy=policy)
    except TemplateNotFound as error:
        raise PageError(f"{template}: expected the template {error.name}, got none") from None
    except (TemplateError, DaeError, TypeError, ValueError, LookupError, AttributeError) as error:
        raise PageError(f"{_place(error, template)}: {error}") from None
    return text.encode()


def _place(error: Exception, template: str) -> str:
    """The template and line that an error comes from."""
    line = getattr(error, "lineno", None)
    if line is not None:
        return f"{getattr(error, 'name', None) or template}:{line}"
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if frame.filename.endswith(".j2"):
            return f"{Path(frame.filename).name}:{frame.lineno}"
    return template


def messages_of(catalogue: Messages, prefix: str) -> dict[str, str]:
    """The messages whose key starts with `prefix`, by the rest of their key."""
    return {key.removeprefix(prefix): text for key, text in catalogue.items() if key.startswith(prefix)}


def script_json(value: object) -> Markup:
    """JSON for a script element: no character in it can end the element or start another."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)


def csp_hash(text: str) -> str:
    """The source expression that allows exactly this inline script or style."""
    return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"


def content_security_policy(*, scripts: tuple[str, ...] = (), styles: tuple[str, ...] = (), more: str = "") -> str:
    """One origin, no inline code but the texts given here; `more` are further directives."""
    allowed_scripts = " ".join(["'self'", "'wasm-unsafe-eval'", *map(csp_hash, scripts)])
    allowed_styles = " ".join(["'self'", *map(csp_hash, styles)])
    return (
        f"default-src 'none'; script-src {allowed_scripts}; style-src {allowed_styles}; img-src 'self' data: blob:; "
        f"connect-src 'self'; base-uri 'none'; form-action 'none'{more}"
    )
