"""`--pwa`: offline after the first visit, and a new deployment is seen at the next; without it, nothing of the kind."""

import functools
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import pytest
from playwright.sync_api import Browser, Page

from export.command import main
from export.site.check import check_site
from workshop.checkout import ROOT
from workshop.serving import Quiet
from workshop.tiny import make_project
from workshop.visit import wait_for

SCRIPT = """\
const site = JSON.parse(document.getElementById("site").textContent);
const lengths = await Promise.all(site.models.map(async (entry) =>
  (await (await fetch(site.root + entry.file)).arrayBuffer()).byteLength));
document.body.dataset.result = String(lengths.every((length, i) => length === site.models[i].bytes));
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    project = make_project(tmp_path)
    template = project / "site_template"
    (template / "js" / "lab.js").write_text(SCRIPT)
    for name in ("sw.js", "register.js"):
        (template / "pwa" / name).write_text((ROOT / "site_template" / "pwa" / name).read_text())
    for lang in ("en", "ja"):
        (template / "locale" / lang / "pwa.toml").write_text('[pwa]\nupdated = "Newer"\n')
    return project


def build(project: Path, *more: str) -> None:
    places = ["--config", "models.toml", "--template", "site_template", "--out", "_site"]
    assert main([*(word if word.startswith("--") else str(project / word) for word in places), *more]) == 0
    assert check_site(project / "_site") == []


LOGIN = b"<!doctype html><title>please log in</title>"
ACTIVE = "async () => (await navigator.serviceWorker.ready).active.state === 'activated'"


class Portal(Quiet):
    wrong: ClassVar[str] = ""  # what has this in its path is a page to log in, which browsers may keep

    def do_GET(self) -> None:  # noqa: N802 (http.server's name)
        if not self.wrong or self.wrong not in self.path:
            return super().do_GET()
        self.send_response(200)
        self.send_header("Cache-Control", "max-age=3600")
        self.send_header("Content-Length", str(len(LOGIN)))
        self.end_headers()
        self.wfile.write(LOGIN)
        return None


def serve(folder: Path, port: int = 0) -> http.server.ThreadingHTTPServer:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), functools.partial(Portal, directory=str(folder)))
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
    visit(page, f"{url}lab/")
    page.evaluate("navigator.serviceWorker.ready")
    wait_for(page, "() => navigator.serviceWorker.controller !== null")
    server.shutdown()
    server.server_close()
    for path, title in (("lab/", "Two & <b>models</b>"), ("ja/lab/", "二つ"), ("?hide=model#x", "Two & <b>models</b>")):
        visit(page, url + path)
        assert page.title() == title
    assert page.locator(".notice.floating").count() == 0
    catalogue = project / "site_template" / "locale" / "en" / "page.toml"
    catalogue.write_text(catalogue.read_text().replace("Two", "Three"))
    build(project, "--pwa")
    server = serve(project / "_site", port)
    visit(page, f"{url}lab/")
    assert page.title() == "Three & <b>models</b>"
    page.wait_for_selector(".notice.floating >> text=Newer")
    wait_for(page, "async () => (await caches.keys()).length === 1")
    assert url in page.evaluate("caches.keys()")[0]
    server.shutdown()
    server.server_close()


def test_it_is_off_unless_asked_for(project: Path) -> None:
    build(project)
    assert "unregister" in (project / "_site" / "sw.js").read_text()  # of one that stood there before
    for name in ("index.html", "ja/index.html", "lab/index.html"):
        text = (project / "_site" / name).read_text()
        assert "register." not in text
        assert "webmanifest" not in text


def test_two_builds_give_the_same_bytes(project: Path) -> None:
    build(project, "--pwa")
    before = (project / "_site" / "sw.js").read_bytes()
    build(project, "--pwa")
    assert (project / "_site" / "sw.js").read_bytes() == before


def test_one_file_cannot_work_so(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--single-file", "--pwa", "--config", str(project / "models.toml")]) == 1
    assert "--pwa: expected a site in a folder, got --single-file" in capsys.readouterr().err


@pytest.fixture
def wrong() -> Iterator[type[Portal]]:
    """Lets a file come wrong for a while."""
    yield Portal
    Portal.wrong = ""


def test_what_came_wrong_is_not_kept_and_is_there_when_it_is_asked_for_anew(
    project: Path, loud_page: Page, wrong: type[Portal]
) -> None:
    page = loud_page
    build(project, "--pwa")
    server = serve(project / "_site")
    url = f"http://127.0.0.1:{server.server_address[1]}/"
    wrong.wrong = "/none."
    page.goto(f"{url}lab/")
    page.wait_for_selector("body[data-result=false]")
    wait_for(page, ACTIVE)
    names = page.evaluate("async () => (await (await caches.open((await caches.keys())[0])).keys()).map((r) => r.url)")
    assert any("/masking-80." in name for name in names)
    assert not any("/none." in name for name in names)
    wrong.wrong = ""
    again = """async () => {
      const site = JSON.parse(document.getElementById("site").textContent);
      const { file, bytes } = site.models.find(({ name }) => name === "none");
      const lengths = [];
      for (const cache of ["reload", "default"])
        lengths.push((await (await fetch(site.root + file, { cache })).arrayBuffer()).byteLength === bytes);
      return lengths.every(Boolean);
    }"""
    assert page.evaluate(again), "past the browser's own copy, and then from the worker's"
    server.shutdown()
    server.server_close()
    visit(page, f"{url}lab/")


def test_an_open_tab_keeps_the_parts_of_the_version_before(project: Path, loud_page: Page) -> None:
    page, script = loud_page, project / "site_template" / "js" / "lazy.js"
    (project / "site_template" / "js" / "lab.js").write_text(f'globalThis.later = () => import("lazy");\n{SCRIPT}')
    script.write_text("globalThis.version = 1;\n")
    build(project, "--pwa")
    server = serve(project / "_site")
    for _ in range(2):
        visit(page, f"http://127.0.0.1:{server.server_address[1]}/lab/")
        wait_for(page, "() => navigator.serviceWorker.controller !== null")
    for version in (2, 3):
        script.write_text(f"globalThis.version = {version};\n")
        build(project, "--pwa")  # the old parts are gone from the server
        page.evaluate("async () => (await navigator.serviceWorker.ready).update()")
        page.wait_for_selector(".notice.floating")
        wait_for(page, "async () => (await caches.keys()).length === 1")
        page.evaluate("() => document.querySelector('.notice.floating').remove()")
        if version == 2:
            page.evaluate("() => later()")
            assert page.evaluate("() => version") == 1
    server.shutdown()
    server.server_close()


def test_a_site_that_gave_it_up_takes_its_worker_back(project: Path, loud_page: Page) -> None:
    page = loud_page
    build(project, "--pwa")
    server = serve(project / "_site")
    url = f"http://127.0.0.1:{server.server_address[1]}/"
    visit(page, f"{url}lab/")
    page.evaluate("caches.open('of another page')")
    wait_for(page, "() => navigator.serviceWorker.controller !== null")
    build(project)
    visit(page, f"{url}lab/")
    page.evaluate("async () => void (await navigator.serviceWorker.getRegistration())?.update()")  # now, not soon
    wait_for(page, "async () => (await navigator.serviceWorker.getRegistrations()).length === 0")
    assert page.evaluate("caches.keys()") == ["of another page"]
    visit(page, f"{url}lab/")
    assert page.evaluate("() => navigator.serviceWorker.controller") is None
    server.shutdown()
    server.server_close()


def test_an_owner_s_own_worker_takes_the_place_of_none(project: Path) -> None:
    (project / "static").mkdir()
    (project / "static" / "sw.js").write_text("self.mine = true;\n")
    build(project, "--static", str(project / "static"))
    assert (project / "_site" / "sw.js").read_text() == "self.mine = true;\n"


@pytest.mark.parametrize(
    "refusal",
    [
        """Object.defineProperty(navigator, "serviceWorker", {
          get() { throw new DOMException("refused", "SecurityError"); },
        });""",
        "Object.defineProperty(navigator, 'serviceWorker', { value: undefined });",
        "navigator.serviceWorker.register = async () => { throw new TypeError('refused'); };",
    ],
)
def test_a_refused_worker_is_silence(project: Path, page: Page, refusal: str) -> None:
    build(project, "--pwa")
    server = serve(project / "_site")
    page.add_init_script(refusal)
    page.add_init_script("addEventListener('unhandledrejection', () => { document.body.dataset.fault = ''; });")
    visit(page, f"http://127.0.0.1:{server.server_address[1]}/lab/")
    assert page.locator("body[data-fault]").count() == 0
    server.shutdown()
    server.server_close()


def test_a_small_quota_is_silence(project: Path, browser: Browser) -> None:
    """Where nothing more can be kept, the worker passes on what the network has."""
    build(project, "--pwa")
    worker = project / "_site" / "sw.js"
    refuse = "Cache.prototype.put = async () => { throw new DOMException('', 'QuotaExceededError'); };"
    worker.write_text(f"{refuse}\n{worker.read_text()}")
    server = serve(project / "_site")
    context = browser.new_context()
    page = context.new_page()
    said: list[str] = []
    page.on("pageerror", lambda error: said.append(str(error)))
    url = f"http://127.0.0.1:{server.server_address[1]}/lab/"
    visit(page, url)
    wait_for(page, "() => navigator.serviceWorker.controller !== null")
    visit(page, url)
    assert said == []
    context.close()
    server.shutdown()
    server.server_close()
