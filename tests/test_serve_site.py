"""`python build.py serve` with the real page: each kind of source is seen and shown, never trained."""

import queue
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from workshop.checkout import ROOT, only_models
from workshop.visit import draw, last, visit, wait_for, wait_for_address


@dataclass(frozen=True)
class Served:
    """A site that is being served and watched."""

    lines: "queue.Queue[str]"  # that the command has printed
    url: str
    folder: Path  # of models.toml and site_template

    def hear(self, words: str) -> str:
        """The next line with these words in it; `queue.Empty` where there is none for long."""
        while words not in (line := self.lines.get(timeout=30)):
            pass
        return line


def read(process: subprocess.Popen[str], lines: "queue.Queue[str]") -> None:
    """Pass on what a command prints, as it comes."""
    for line in process.stdout or []:
        lines.put(line)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("owner")
    shutil.copytree(ROOT / "site_template", folder / "site_template")
    only_models(folder, "none", "masking-80", "gaussian-050")
    places = {"config": folder / "models.toml", "template": folder / "site_template", "out": folder / "_site"}
    words = [f"--{name}={path}" for name, path in places.items()]
    (folder / "weights").symlink_to(ROOT / "weights", target_is_directory=True)
    command = [sys.executable, str(ROOT / "build.py"), "serve", *words]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    lines: queue.Queue[str] = queue.Queue()
    threading.Thread(target=read, args=(process, lines), daemon=True).start()
    started = Served(lines, "", folder)
    started.hear("3 models in F32")
    yield replace(started, url=started.hear("serving").partition(" at ")[2].partition(" ")[0])
    process.send_signal(signal.SIGINT)
    started.hear("stopped")
    assert process.wait(10) == 0
    assert process.stdout is not None
    process.stdout.close()


def save(path: Path, old: str, new: str) -> None:
    """Change a file as an editor does."""
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def test_what_is_saved_is_shown_and_the_drawing_stays(served: Served, page: Page) -> None:
    visit(page, f"{served.url}lab/")
    draw(page)
    wait_for_address(page)
    drawn = last(page).pixels
    template = served.folder / "site_template"
    catalogue = template / "locale" / "en" / "lab.toml"
    style = "getComputedStyle(document.documentElement).getPropertyValue('--radius')"
    changes = [
        (catalogue, '"You draw"', '"Draw here"', "document.body.innerText.includes('Draw here')"),
        (template / "lab.html.j2", 'id="undo"', 'id="undo" data-mark="1"', "document.querySelector('[data-mark]')"),
        (
            template / "js" / "lab.js",
            "requestAnimationFrame(() => setTimeout(",
            "window.marked = 1;\nrequestAnimationFrame(() => setTimeout(",
            "window.marked",
        ),
        (template / "style.css", "--radius: 12px", "--radius: 13px", f"{style} === '13px'"),
        (
            served.folder / "models.toml",
            '[[model]]\nnoise = "none"',
            "",
            "document.querySelector('#model').length === 2",
        ),
    ]
    for path, old, new, shown in changes:
        save(path, old, new)
        wait_for(page, f"() => Boolean({shown})", seconds=30)
        served.hear("models in F32")
        wait_for(page, "() => window.answers > 0")
        assert (last(page).pixels == drawn).all()
        assert page.url.startswith(served.url)


def test_a_broken_template_is_told_and_the_last_site_stays(served: Served, page: Page) -> None:
    template = served.folder / "site_template" / "lab.html.j2"
    save(template, '{{ t("lab.drawn") }}', '{{ t("lab.nothing") }}')
    served.hear("error: lab.html.j2:22: expected a message 'lab.nothing' in the catalogue en, got none")
    visit(page, f"{served.url}lab/")
    expect(page.locator("#undo")).to_be_visible()
    save(template, '{{ t("lab.nothing") }}', '{{ t("lab.drawn") }}')
    served.hear("models in F32")


def test_a_changed_recipe_is_a_sentence_and_no_training(served: Served, page: Page) -> None:
    save(served.folder / "models.toml", "epochs = 50", "epochs = 51")
    line = served.hear("must be trained, as the recipe in models.toml is")
    assert line.endswith("run `python build.py`\n")
    visit(page, f"{served.url}lab/")
    save(served.folder / "models.toml", "epochs = 51", "epochs = 50")
    served.hear("models in F32")
