"""`--pwa`: offline after the first visit, and a new deployment is seen at the next; without it, nothing of the kind."""

import functools
import http.server
import threading
from pathlib import Path

import pytest
from playwright.sync_api import Page

from export.check import check_site
from export.command import main
from tests.tiny import ROOT, make_project
from tests.visit import wait_for

SCRIPT = """\
const site = JSON.parse(document.getElementById("site").textContent);
const sizes = await Promise.all(site.models.map(async (entry) =>
  (await (await fetch(site.root + entry.file)).arrayBuffer()).byteLength));
document.body.dataset.result = String(sizes.every((size, i) => size === site.models[i].bytes));
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    project = make_project(tmp_path)
    template = project / "site_template"
    (template / "js" / "main.js").write_text(SCRIPT)
    (template / "pwa").mkdir()
    for name in ("sw.js", "register.js"):
        (template / "pwa" / name).write_text((ROOT / "site_template" / "pwa" / name).read_text())
    for lang in ("en", "ja"):
        (template / "locale" / lang / "pwa.toml").write_text('[script]\nupdated = "Newer"\n')
    return project


def build(project: Path, *more: str) -> None:
    places = ["--config", "models.toml", "--template", "site_template", "--out", "_site"]
    assert main([*(word if word.startswith("--") else str(project / word) for word in places), *more]) == 0
    assert check_site(project / "_site") == []


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


def serve(folder: Path, port: int = 0) -> http.server.ThreadingHTTPServer:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), functools.partial(Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def visit(page: Page, url: str) -> None:
    page.goto(url)
    page.wait_for_selector("body[data-result=true]")


def test_the_second_visit_needs_no_network_and_the_next_deployment_is_seen(project: Path, loud_page: Page) -> None:
    page = loud_page
    build(project, "--pwa")
    server = serve(project / "_site")
    port = server.server_address[1]
    url = f"http://127.0.0.1:{port}/"
    visit(page, url)
    page.evaluate("navigator.serviceWorker.ready")
    wait_for(page, "() => navigator.serviceWorker.controller !== null")
    server.shutdown()
    server.server_close()
    for path, title in (("", "Two & <b>models</b>"), ("ja/", "二つ"), ("?hide=model#x", "Two & <b>models</b>")):
        visit(page, url + path)
        assert page.title() == title
    assert page.locator(".notice.floating").count() == 0
    catalogue = project / "site_template" / "locale" / "en" / "page.toml"
    catalogue.write_text(catalogue.read_text().replace("Two", "Three"))
    build(project, "--pwa")
    server = serve(project / "_site", port)
    visit(page, url)
    assert page.title() == "Three & <b>models</b>"
    page.wait_for_selector(".notice.floating >> text=Newer")
    wait_for(page, "async () => (await caches.keys()).length === 1")
    assert url in page.evaluate("caches.keys()")[0]
    server.shutdown()
    server.server_close()


def test_it_is_off_unless_asked_for(project: Path) -> None:
    build(project)
    assert not (project / "_site" / "sw.js").exists()
    for name in ("index.html", "ja/index.html"):
        text = (project / "_site" / name).read_text()
        assert "worker" not in text
        assert "webmanifest" not in text


def test_two_builds_give_the_same_bytes(project: Path) -> None:
    build(project, "--pwa")
    before = (project / "_site" / "sw.js").read_bytes()
    build(project, "--pwa")
    assert (project / "_site" / "sw.js").read_bytes() == before


def test_one_file_cannot_work_so(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--single-file", "--pwa", "--config", str(project / "models.toml")]) == 1
    assert "--pwa: expected a site in a folder, got --single-file" in capsys.readouterr().err
