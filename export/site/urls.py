"""What an HTML page refers to: every URL, every inline script and style, and what a strict page must not have.

In:  the text of a page.  Out: a `ReadPage` of plain lists.
"""

from dataclasses import dataclass, field
from html.parser import HTMLParser

# Where HTML keeps URLs that a browser fetches by itself, and those that a person follows.
_FETCHED = {"src", "srcset", "poster", "data", "background", "manifest", "imagesrcset", "xlink:href"}
_FOLLOWED = {"a", "area"}
_FORBIDDEN = {"base", "iframe", "frame", "object", "embed", "applet", "form"}
_CARDS = {"og:image", "twitter:image"}


@dataclass
class ReadPage:
    """What was found in one page, in its order."""

    lang: str = ""
    fetched: list[str] = field(default_factory=list)  # URLs of scripts, styles, images
    followed: list[str] = field(default_factory=list)  # URLs of links
    ids: set[str] = field(default_factory=set)
    policies: list[str] = field(default_factory=list)  # content of CSP meta elements
    scripts: list[tuple[str, str, str]] = field(default_factory=list)  # type, id, text of inline scripts
    styles: list[str] = field(default_factory=list)  # text of inline styles
    faults: list[str] = field(default_factory=list)


class _Collector(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.page = ReadPage()
        self._text: list[str] | None = None
        self._script = ("", "")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        page = self.page
        if len(values) != len(attrs):
            page.faults.append(f"<{tag}>: expected each attribute once")
        if tag in _FORBIDDEN:
            page.faults.append(f"<{tag}>: not expected in a page of ours")
        page.faults += [f"<{tag} {name}>: expected no inline code" for name in values if name.startswith("on")]
        if "style" in values:
            page.faults.append(f"<{tag} style>: expected no inline style")
        if "id" in values:
            page.ids.add(values["id"])
        if tag == "html":
            page.lang = values.get("lang", "")
        self._take_urls(tag, values)
        if tag in ("script", "style") and "src" not in values:
            self._script, self._text = (values.get("type", ""), values.get("id", "")), []

    def _take_urls(self, tag: str, values: dict[str, str]) -> None:
        page = self.page
        if tag == "meta":
            if values.get("http-equiv", "").lower() == "content-security-policy":
                if page.fetched or page.scripts or page.styles:
                    page.faults.append("content security policy: expected before all that it governs")
                page.policies.append(values.get("content", ""))
            elif "http-equiv" in values:
                page.faults.append(f"<meta http-equiv={values['http-equiv']}>: not expected in a page of ours")
            if values.get("property", values.get("name")) in _CARDS:
                page.followed.append(values.get("content", ""))
        elif "href" in values:
            (page.followed if tag in _FOLLOWED or _is_hint(tag, values) else page.fetched).append(values["href"])
        for name in _FETCHED & values.keys():
            urls = values[name].split(",") if name.endswith("srcset") else [values[name]]
            page.fetched += [url.split()[0] for url in urls if url.split()]

    def handle_data(self, data: str) -> None:
        if self._text is not None:
            self._text.append(data)

    def handle_endtag(self, tag: str) -> None:
        if self._text is None or tag not in ("script", "style"):
            return
        text, self._text = "".join(self._text), None
        if tag == "style":
            self.page.styles.append(text)
        else:
            self.page.scripts.append((*self._script, text))


def _is_hint(tag: str, values: dict[str, str]) -> bool:
    """A `<link>` that names another page and fetches nothing."""
    return tag == "link" and values.get("rel", "") in ("alternate", "canonical")


def read_page(text: str) -> ReadPage:
    """Everything that a page refers to."""
    collector = _Collector()
    collector.feed(text)
    collector.close()
    return collector.page
