"""One page: one Jinja environment, one typed context in, HTML out.

Everything that a template prints is escaped; data reaches the scripts as JSON that no markup can leave. A template or a
message that is missing is an error that names the template, its line and what it asked for.

A template sees the fields of `SiteFacts` and of `PageContext`, and these functions:
    t("pad.clear", name=value)   the message of that key in the page's language, its placeholders filled
    t("pad.clear", "ja")         the same in another language
    describe("masking", 0.8)     that level of a noise in words: see export/site/words.py
    asset("style.css")           the URL of an asset from this page
    link("lab")                  the URL of a page from this page, in the same language
    link("lab", "ja", "hide=x")  the same in another language, with a query
    address("lab")               the absolute address of a page, of an example where the site's own is not known
    state("complete")            the URL of the lab, set up by a preset: see export/site/presets.py
    percent(0.391)               a share as text: "39%"
    embed("masking-80")          the code that shows the lab with a model in another page
    picture("half")              a picture that lies beside the page, in pictures.svg; in a single file, inside it
    tell(sentence)               a message with shares of ink in it, those that are nearly all said so
    policy(style, script)        the content security policy of a page that has no more than that inside it
"""

import functools
import json
import math
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, fields
from pathlib import Path

from jinja2 import BaseLoader, Environment, StrictUndefined, TemplateNotFound
from markupsafe import Markup

from export.draw.sheet import place
from export.site.catalogue import CatalogueError, Messages, direction, fill
from export.site.embed import HIDDEN, make_embed
from export.site.figures import Figures
from export.site.findings import CleanInk, Finding, Sentence, make_clean_ink, make_findings, make_surprise
from export.site.knowledge import SiteKnowledge, make_knowledge
from export.site.lesson import Exercise, make_lesson
from export.site.model import Model, ReaderEntry
from export.site.pages import LAB, PAGES, Page
from export.site.policy import Needs, make_policy
from export.site.readings import Errors, Misread, make_errors, make_misread
from export.site.recipes import Recipes, make_recipes
from export.site.shelf import TrainingEntry
from export.site.walk import Walk
from export.site.words import describe, level_key
from train.data.noise import NOISES, Noise
from train.errors import DaeError, told
from train.files import FileError, read_text
from train.run.report import Report

# Messages whose key starts so are for the scripts; those of one page start with its name before that.
SCRIPT_MESSAGES = "script."
LATER_MESSAGES = "later."  # and these are for scripts that come when a panel is unfolded, and with them

PICTURES = "pictures.svg"
EXAMPLE = "https://example.org/"
NOTHING = Markup()
NEARLY_ALL = 0.995  # a share that would be rounded to 100%, which it is not
TEMPLATE_FUNCTIONS = (
    "t",
    "describe",
    "asset",
    "link",
    "address",
    "state",
    "embed",
    "percent",
    "picture",
    "tell",
    "policy",
)


class PageError(DaeError):
    """A template cannot be rendered."""


@dataclass(frozen=True)
class SiteFacts:
    """What is the same on all pages. What is derived is made once, for the first page."""

    locales: tuple[str, ...]  # all languages, the default one first
    url: str  # absolute URL of the site with a slash at its end; empty where it is not known
    dtype: str  # "F32" or "F16"
    models: tuple[Model, ...]
    noises: tuple[Noise, ...]
    dataset: str  # as in models.toml
    report: Report
    figures: Figures  # what the report's figures show
    presets: Mapping[str, str]  # hashes that set the lab up, by name
    walk: Walk  # what stands on the walk
    reader: ReaderEntry | None = None  # of the bare pixels
    training: TrainingEntry | None = None  # images that networks may learn from in the lab

    @functools.cached_property
    def recipes(self) -> Recipes | None:
        """How the models were trained; None where that is not known."""
        return make_recipes(self.report, self.models)

    @functools.cached_property
    def findings(self) -> tuple[Finding, ...]:
        """What the article of 2015 found, measured."""
        return make_findings(self.figures)

    @functools.cached_property
    def lesson(self) -> tuple[Exercise, ...]:
        """What a class can do here."""
        return make_lesson(self.figures, self.walk, self.presets)

    @functools.cached_property
    def knowledge(self) -> SiteKnowledge | None:
        """What the codes know, and what comes of asking again; None where that was not measured."""
        return make_knowledge(self.report, self.models)

    @functools.cached_property
    def misread(self) -> Misread | None:
        """How well readers of the walk's models read; None where that was not measured."""
        return make_misread(self.report, self.walk.models)

    @functools.cached_property
    def errors(self) -> Errors | None:
        """The same of all models, by the number of labels; None where that was not measured."""
        return make_errors(self.report, self.models)

    @functools.cached_property
    def clean_ink(self) -> CleanInk | None:
        """What denoisers lose on clean ink."""
        return make_clean_ink(self.figures)

    @functools.cached_property
    def surprise(self) -> Sentence | None:
        """What it did not look for."""
        return make_surprise(self.figures)

    @functools.cached_property
    def pictures(self) -> Mapping[str, Markup]:
        """Those that lie beside the pages, by name."""
        return self.walk.pictures

    @functools.cached_property
    def side(self) -> int:
        """Pixels on a side of an image."""
        return math.isqrt(self.models[0].visible)

    @functools.cached_property
    def plain(self) -> bool:
        """Whether a plain autoencoder is among the models."""
        return any(model.noise == "none" for model in self.models)

    @functools.cached_property
    def initial(self) -> Model:
        """The model that the lab begins with: the last one that learned to fill in."""
        return next((model for model in reversed(self.models) if model.noise == "masking"), self.models[0])


@dataclass(frozen=True)
class View:
    """One page in one language, inside a single file that holds them all."""

    page: Page
    locale: str
    title: str
    body: Markup

    @property
    def dir(self) -> str:
        """Which way its language is written: "ltr" or "rtl"."""
        return direction(self.locale)


@dataclass(frozen=True)
class Single:
    """What a single file has inside it, beside its first page."""

    script: Markup  # answers `fetch` and shows the page that is asked for
    start: Markup  # the module that starts the page's own
    views: tuple[View, ...]
    files: Mapping[str, str]  # base64 by path


@dataclass(frozen=True)
class PageContext:
    """One page in one language: where things are, seen from it, and what it has inside it."""

    page: Page
    locale: str
    assets: Mapping[str, str]  # URLs by plain name
    links: Mapping[tuple[str, str], str]  # URLs of pages by name and language
    csp: str
    first: tuple[Markup, ...] = ()  # inline scripts that run before anything else is loaded
    entry: str = ""  # URL of the module that holds all that it needs at once
    importmap_json: Markup = NOTHING
    site_json: Markup = NOTHING
    canonical: str = ""  # absolute URL of this page, where it is known
    alternates: Mapping[str, str] | None = None  # URLs of this page by language; None where they have no addresses
    card: str = ""  # URL of the picture for those who share a link
    offline: bool = False  # it registers a service worker
    part: bool = False  # only what stands in the body
    style: Markup = NOTHING  # inline; empty where stylesheets are assets
    single: Single | None = None

    @property
    def dir(self) -> str:
        """Which way its language is written: "ltr" or "rtl"."""
        return direction(self.locale)

    @property
    def gap(self) -> str:
        """What stands between two sentences."""
        return "" if self.locale == "ja" else " "


class _Loader(BaseLoader):
    """Templates, read as all our files are: a byte order mark is left out, and what is no text is a sentence."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        path = self._folder / template
        if not path.is_file():
            raise TemplateNotFound(template)
        stamp = _stamp(path)  # before it is read: what is saved meanwhile is read again
        return read_text(path), str(path), lambda: _stamp(path) == stamp


def _stamp(path: Path) -> tuple[int, int]:
    """What is another after a file was saved, or is gone."""
    with suppress(OSError):
        status = path.stat()
        return status.st_mtime_ns, status.st_size
    return 0, 0


@functools.lru_cache(maxsize=2)
def make_environment(folder: Path) -> Environment:
    """The one Jinja environment; templates that did not change since the last build are not compiled again."""
    return Environment(
        loader=_Loader(folder),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


class _Functions:
    """What a template may call."""

    def __init__(self, facts: SiteFacts, context: PageContext, catalogues: Mapping[str, Messages]) -> None:
        self._facts, self._context, self._catalogues = facts, context, catalogues

    def t(self, key: str, locale: str = "", /, **values: object) -> str:
        language = locale or self._context.locale
        message = self._message(key, language)
        try:
            return fill(message, values)
        except CatalogueError as error:
            raise CatalogueError(f"message {key!r} in {language}: {error}") from None

    def describe(self, kind: str, level: float, form: str = "") -> str:
        return describe(self._message(level_key(NOISES[kind], form), self._context.locale), level)

    def asset(self, name: str) -> str:
        assets = self._context.assets
        if name not in assets:
            raise PageError(f"asset {name!r}: expected one of {', '.join(sorted(assets))}")
        return assets[name]

    def link(self, name: str, locale: str = "", query: str = "") -> str:
        url = self._context.links[self._page(name).name, locale or self._context.locale]
        return f"{url}{'&' if '?' in url else '?'}{query}" if query else url

    def address(self, name: str) -> str:
        return (self._facts.url or EXAMPLE) + self._page(name).place(self._context.locale)

    def state(self, name: str) -> str:
        return ("" if self._context.page == LAB else self.link(LAB.name)) + self._facts.presets[name]

    def embed(self, model: str) -> str:
        return make_embed(f"{self.address(LAB.name)}?hide={HIDDEN}#model={model}", self.t("use.embed_title"))

    def percent(self, share: float) -> str:
        return self.t("level.share", percent=f"{100 * share:.{1 if 0 < share < 0.0095 else 0}f}")

    def tell(self, sentence: Sentence) -> str:
        shares = {
            name: self.t("findings.nearly_all") if share >= NEARLY_ALL else self.percent(share)
            for name, share in sentence.shares.items()
        }
        return self.t(sentence.key, **shares)

    def picture(self, name: str) -> Markup:
        if name not in self._facts.pictures:
            raise PageError(f"picture {name!r}: expected one of {', '.join(sorted(self._facts.pictures))}")
        picture = self._facts.pictures[name]
        return picture if self._context.style else place(picture, self.asset(PICTURES), name)

    def policy(self, style: str, script: str = "") -> str:
        return make_policy(Needs(styles=(str(style),), scripts=(str(script),) if script else ()))

    def _message(self, key: str, locale: str) -> str:
        if key not in self._catalogues[locale]:
            raise CatalogueError(f"expected a message {key!r} in the catalogue {locale}, got none")
        return self._catalogues[locale][key]

    def _page(self, name: str) -> Page:
        for page in PAGES:
            if page.name == name:
                return page
        raise PageError(f"page {name!r}: expected one of {', '.join(page.name for page in PAGES)}")


def render(
    environment: Environment, template: str, facts: SiteFacts, context: PageContext, catalogues: Mapping[str, Messages]
) -> str:
    """One page."""
    functions = _Functions(facts, context, catalogues)
    called = {name: getattr(functions, name) for name in TEMPLATE_FUNCTIONS}
    try:
        return environment.get_template(template).render(_fields(facts) | _fields(context) | called, pages=PAGES)
    except TemplateNotFound as error:
        raise PageError(f"{template}: expected the template {error.name}, got none") from None
    except FileError:
        raise
    except Exception as error:  # what an owner's template does may raise anything
        raise PageError(f"{_place(error, template)}: {told(error)}") from None


def _fields(value: SiteFacts | PageContext) -> dict[str, object]:
    """A context's fields and properties by name."""
    names = [field.name for field in fields(value)]
    derived = (property, functools.cached_property)
    names += [name for name, member in vars(type(value)).items() if isinstance(member, derived)]
    return {name: getattr(value, name) for name in names}


def _place(error: Exception, template: str) -> str:
    """The template and line that an error comes from."""
    line = getattr(error, "lineno", None)
    if line is not None:
        return f"{getattr(error, 'name', None) or template}:{line}"
    for call in reversed(traceback.extract_tb(error.__traceback__)):
        if call.filename.endswith(".j2"):
            return f"{Path(call.filename).name}:{call.lineno}"
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
