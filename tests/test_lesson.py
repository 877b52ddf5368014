"""The lesson: tasks that the models bear, what is expected read off the report, and paper that can be used."""

import html
import re
from dataclasses import replace
from pathlib import Path
from urllib.parse import urljoin

import pytest
from playwright.sync_api import Browser, Page, expect

from export.site.figures import make_figures
from export.site.lesson import make_lesson
from export.site.model import Model
from export.site.presets import make_presets
from tests.test_read import REPORT
from tests.test_walk import ALL, SAMPLES, real
from train.run.report import Report
from workshop.visit import visit, wait_for

LANGUAGES = ["", "ja/"]
OPEN = "() => { document.querySelector('.teacher').open = true; }"


def lesson_of(*names: str, report: Report = REPORT) -> dict[str, list[str]]:
    """Names of the tasks for a site with some of the models, and the models of each."""
    models = [model for model in ALL if model.name in names] or list(ALL)
    found = make_lesson(make_figures(report, models), real(models), make_presets(SAMPLES, models))
    return {task.name: [model.name for model in task.models] for task in found}


def test_there_are_five_tasks_for_the_models_of_the_walk() -> None:
    four = ["none", "masking-80", "salt-and-pepper-50", "gaussian-075"]
    assert lesson_of() == {
        "half": four,
        "dots": four,
        "levels": ["masking-25", "masking-50", "masking-80"],
        "clean": ["none", "masking-80"],
        "own": four,
    }


@pytest.mark.parametrize(
    ("names", "tasks"),
    [
        (["masking-80"], []),
        (["none", "gaussian-075"], ["half", "dots", "clean"]),
        (["masking-25", "masking-80"], ["half", "dots", "levels", "own"]),
        (["masking-80", "gaussian-075"], ["half", "dots", "own"]),
    ],
)
def test_only_tasks_that_apply_are_given(names: list[str], tasks: list[str]) -> None:
    assert list(lesson_of(*names)) == tasks


def test_without_a_report_there_is_none() -> None:
    assert lesson_of(report=Report()) == {}
    assert lesson_of(report=replace(REPORT, models={})) == {}


def expected_rows(models: dict[str, Model]) -> set[tuple[str, ...]]:
    """What the report says, as the page writes it: a row for each model of each task."""
    rows = {name: row.measures for name, row in REPORT.models.items()}

    def percent(value: float) -> str:
        return f"{100 * value:.{1 if 0 < value < 0.0095 else 0}f}%"

    found: set[tuple[str, ...]] = set()
    for name in models:
        it = rows[name]
        found.add((percent(it.completion.restored), percent(it.completion.added)))
        found.add((percent(it.cleaning.removed), percent(it.cleaning.lost)))
        noises = [one for one in models if one != "none"]
        found.add(tuple(f"{it.test_loss_by_noise[noise]:.0f}" for noise in noises))
    return found


@pytest.mark.parametrize("path", LANGUAGES)
def test_what_is_expected_is_what_the_report_says(site: Path, path: str) -> None:
    page = (site / path / "lesson" / "index.html").read_text()
    tasks, teacher = page.split('<details class="teacher">')
    assert not re.findall(r"<td>[^<\s]+</td>", tasks)  # to be written in
    cells = [
        tuple(html.unescape(re.sub(r"<[^>]*>", "", cell)).strip() for cell in re.findall(r"<td>(.*?)</td>", row, re.S))
        for row in re.findall(r"<tr>(.*?)</tr>", teacher, re.S)
    ]
    four = {model.name: model for model in real().models}
    numbers = {row[1:] if not re.match(r"[\d.]", row[0]) else row for row in cells if row}
    assert expected_rows(four) <= numbers
    assert len(cells) == 5 + 4 + 4 + 3 + 2 + 4
    for model in ("masking-80", "gaussian-075"):  # called by its name in the language of the page
        assert model not in re.sub(r"<[^>]*>", " ", page.partition("<body>")[2])


@pytest.mark.parametrize("path", LANGUAGES)
def test_each_task_opens_what_it_speaks_of(page: Page, served: str, path: str) -> None:
    page.goto(f"{served}{path}lesson/")
    looks = [
        urljoin(page.url, task.locator("a.try").first.get_attribute("href"))
        for task in page.locator("#lesson > .task").all()
    ]
    assert len(looks) == 5
    for address in looks[:2]:
        page.goto("about:blank")
        page.goto(address)
        wait_for(page, "() => document.body.classList.contains('ready')")
        expect(page.locator("#guess")).to_be_visible()
    for address in looks[2:]:
        page.goto("about:blank")
        visit(page, address)
        wait_for(page, "() => window.last.pixels.some((value) => value > 0)")


@pytest.mark.parametrize("path", LANGUAGES)
def test_on_paper_it_is_black_on_white_and_what_is_expected_is_a_sheet_of_its_own(
    browser: Browser, served: str, path: str
) -> None:
    page = browser.new_page(color_scheme="dark")
    page.goto(f"{served}{path}lesson/")
    pages = {}
    for folded in (True, False):
        if not folded:
            page.evaluate(OPEN)
        pages[folded] = [len(re.findall(rb"/Type /Page\b", page.pdf(format=size))) for size in ("A4", "Letter")]
    assert all(2 <= tasks <= 5 and tasks < both <= 8 for tasks, both in zip(pages[True], pages[False], strict=True))
    page.emulate_media(media="print", color_scheme="dark")
    styles = "(one) => [getComputedStyle(one).color, getComputedStyle(one).backgroundColor]"
    assert page.locator("body").evaluate(styles) == ["rgb(0, 0, 0)", "rgb(255, 255, 255)"]
    for gone in (".top", "footer", "#lesson .try"):
        expect(page.locator(gone).first).to_be_hidden()
    assert page.locator(".teacher").evaluate("(one) => getComputedStyle(one).breakBefore") == "page"
    for task in page.locator(".task").all():
        assert task.evaluate("(one) => getComputedStyle(one).breakInside") == "avoid"
    page.close()


def test_without_scripts_it_is_whole_and_walk_and_use_lead_to_it(browser: Browser, served: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    for path in ("", "use/"):
        page.goto(served + path)
        page.locator("main a[href$='lesson/']").click()
        assert page.url == f"{served}lesson/"
        expect(page.locator("#lesson > .task")).to_have_count(5)
        page.locator(".teacher summary").click()
        expect(page.locator(".teacher .task")).to_have_count(5)
    context.close()
