"""The pages of the site: the one list from which paths, links, templates, scripts and styles derive.

Each page stands at its path under the site's top in the default language, and under `<language>/` in every other. Its
template is `<name>.html.j2`; its title and description are the messages `<name>.title` and `<name>.description`.
"""

from dataclasses import dataclass

from export.site.catalogue import DEFAULT


@dataclass(frozen=True)
class Page:
    """One page, in all languages."""

    name: str
    path: str  # from the top of its language, with a slash at its end; empty for the first page
    styles: tuple[str, ...]  # stylesheets, in their order
    entry: str = ""  # the module that runs it; empty where it can do without scripts
    listed: bool = True  # in the navigation of every page
    first: tuple[str, ...] = ()  # inline scripts that run before anything else is loaded, after guard.js

    @property
    def template(self) -> str:
        """File name of its template."""
        return f"{self.name}.html.j2"

    @property
    def sheet(self) -> str:
        """The asset that its stylesheets are, one after the other."""
        return f"{self.name}-page.css"

    def place(self, locale: str) -> str:
        """Its path from the site's top."""
        return self.path if locale == DEFAULT else f"{locale}/{self.path}"


WALK = Page("walk", "", ("style.css", "draw.css", "walk.css"), "walk", first=("to_lab.js",))
LAB = Page("lab", "lab/", ("style.css", "draw.css", "lab.css"), "lab")
NUMBERS = Page("numbers", "numbers/", ("style.css", "prose.css"))
USE = Page("use", "use/", ("style.css", "prose.css"))
LESSON = Page("lesson", "lesson/", ("style.css", "prose.css", "lesson.css"), listed=False)
PAGES = (WALK, LAB, NUMBERS, USE, LESSON)


def root_of(place: str) -> str:
    """From a page at a path to the site's top."""
    return "../" * place.count("/") or "./"
