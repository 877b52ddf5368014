"""`python build.py check` finds every one of a list of planted faults, and nothing in a whole site."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from export.command import main
from export.site.check import CheckError, check, check_site
from export.site.manifest import find_manifest, hashed_name, make_manifest, sha256
from export.site.policy import csp_hash
from export.site.urls import read_page
from export.weights.tensors import format_tensors, parse_tensors
from train.settings.reader import read_config
from workshop.tiny import make_project, make_weights

Fault = Callable[[Path], object]


@pytest.fixture(scope="session", params=["F32", "F16"])
def built(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    project = make_project(tmp_path_factory.mktemp("checked"))
    places = ["--config", "models.toml", "--template", "site_template", "--out", "_site"]
    words = [word if word.startswith("--") else str(project / word) for word in places]
    assert main([*words, "--dtype", request.param]) == 0
    return project / "_site"


@pytest.fixture
def site(built: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "_site"
    shutil.copytree(built, folder)
    return folder


def find(site: Path, pattern: str) -> Path:
    (path,) = site.glob(pattern)
    return path


def seal(site: Path) -> None:
    """Make the manifest agree with the files, so that only what is inside them is wrong."""
    find_manifest(site).unlink()
    files = {path.relative_to(site).as_posix(): path.read_bytes() for path in site.rglob("*") if path.is_file()}
    name, data = make_manifest(files)
    (site / name).write_bytes(data)


def edit(pattern: str, old: str, new: str) -> Fault:
    """Change a page, and seal the manifest again."""

    def plant(site: Path) -> None:
        path = find(site, pattern)
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new, 1))
        seal(site)

    return plant


def swap_asset(pattern: str, change: Callable[[bytes], bytes]) -> Fault:
    """Change an asset, give it the name and all that refers to it the hash of its new content."""

    def plant(site: Path) -> None:
        path = find(site, pattern)
        before, after = path.read_bytes(), change(path.read_bytes())
        stem, _, extension = path.name.split(".")
        name = hashed_name(f"{stem}.{extension}", after)
        path.unlink()
        (path.parent / name).write_bytes(after)
        for page in site.rglob("*.html"):
            text = page.read_text()
            map_before = csp_hash(import_map(text)) if "importmap" in text else ""
            text = text.replace(path.name, name)
            old, new = (f'{name}","bytes":{len(data)}' for data in (before, after))
            text = text.replace(old, new).replace(sha256(before), sha256(after))
            if map_before:
                text = text.replace(map_before.replace("'", "&#39;"), csp_hash(import_map(text)).replace("'", "&#39;"))
            page.write_text(text)
        seal(site)

    return plant


def import_map(text: str) -> str:
    match = re.search(r'<script type="importmap">(.*?)</script>', text)
    assert match
    return match[1]


def scale(name: str) -> Callable[[bytes], bytes]:
    def change(data: bytes) -> bytes:
        file = parse_tensors(data, name)
        kinds = {2: "F16", 4: "F32"}
        tensors = {key: np.asarray(array * 1.25, array.dtype) for key, array in file.tensors.items()}
        return format_tensors(tensors, file.metadata, kinds[next(iter(tensors.values())).itemsize])

    return change


def remove(pattern: str) -> Fault:
    """Remove a file, and seal the manifest again."""

    def plant(site: Path) -> None:
        find(site, pattern).unlink()
        seal(site)

    return plant


def misname(site: Path) -> None:
    find(site, "assets/walk-page.*").rename(site / "assets" / "walk-page.01234567.css")
    seal(site)


def truncate_manifest(site: Path) -> None:
    path = find_manifest(site)
    path.write_text(path.read_text()[:-10])


FAULTS: list[tuple[Fault, str]] = [
    (lambda site: find_manifest(site).unlink(), "expected one manifest.<hash>.json, got none"),
    (truncate_manifest, "expected the name manifest."),
    (lambda site: shutil.copy(find_manifest(site), site / "manifest.01234567.json"), "expected one manifest"),
    (lambda site: find(site, "assets/walk-page.*.css").unlink(), "bytes, got nothing"),
    (lambda site: find(site, "assets/none.*").write_bytes(b""), "bytes, got 0"),
    (
        lambda site: find(site, "assets/none.*").write_bytes(find(site, "assets/none.*").read_bytes() + b"0"),
        "bytes, got",
    ),
    (lambda site: find(site, "assets/lazy.*").write_bytes(find(site, "assets/lazy.*").read_bytes()[::-1]), "SHA-256"),
    (lambda site: (site / "CNAME").write_text("example.org"), "CNAME: expected only files that manifest."),
    (lambda site: (site / "out").symlink_to("/etc/passwd"), "out: expected a file of the site, got a link to"),
    (remove(".nojekyll"), ".nojekyll: expected in every site"),
    (remove("404.html"), "404.html: expected in every site"),
    (remove("ja/index.html"), "ja/index.html: expected in every language, got nothing"),
    (remove("ja/index.html"), "'./ja/': expected the file ja/index.html, got none"),
    (edit("index.html", 'href="./assets/walk-page.', 'href="https://cdn.example.org/style.'), "got another host"),
    (edit("index.html", 'href="./assets/walk-page.', 'href="//cdn.example.org/style.'), "got another host"),
    (edit("index.html", 'href="./assets/walk-page.', 'href="/assets/walk-page.'), "expected a relative link"),
    (edit("index.html", 'href="./assets/walk-page.', 'href="../assets/walk-page.'), "expected a file inside the site"),
    (
        edit("ja/index.html", 'href="../assets/walk-page.', 'href="./assets/walk-page.'),
        "expected the file ja/assets/walk-page.",
    ),
    (edit("index.html", 'href="./ja/"', 'href="javascript:alert(1)"'), "expected a web address"),
    (edit("index.html", "<body>", '<body><img src="missing.png">'), "expected the file missing.png, got none"),
    (edit("index.html", "<body>", '<body><img srcset="a.png 1x, https://b.example/c 2x">'), "got another host"),
    (edit("index.html", "<body>", '<body><p onclick="x()">'), "<p onclick>: expected no inline code"),
    (edit("index.html", "<body>", '<body><p style="x">'), "<p style>: expected no inline style"),
    (edit("index.html", "<body>", "<body><script>x()</script>"), "content security policy: script-src: expected"),
    (edit("index.html", "<body>", "<body><style>a{}</style>"), "content security policy: style-src: expected"),
    (edit("index.html", "<body>", '<body><iframe src="ja/"></iframe>'), "<iframe>: not expected"),
    (edit("index.html", "<head>", '<head><base href="/">'), "<base>: not expected"),
    (edit("index.html", "<head>", '<head><meta http-equiv="refresh" content="0">'), "refresh>: not expected"),
    (edit("index.html", "<title>", '<title class="a" class="b">'), "<title>: expected each attribute once"),
    (edit("index.html", "Content-Security-Policy", "X-Policy"), "expected one content security policy, got 0"),
    (edit("ja/index.html", "default-src 'none'", "default-src *"), "default-src: expected 'none', got *"),
    (edit("ja/index.html", "connect-src 'self'", "connect-src https:"), "connect-src: expected 'self'"),
    (edit("ja/index.html", "img-src", "frame-src"), "frame-src: expected nothing"),
    (edit("404.html", "system-ui", "serif"), "404.html: content security policy: style-src: expected"),
    (edit("ja/lab/index.html", '"locale":"ja"', '"locale":"en"'), "site data: locale: expected 'ja', got 'en'"),
    (edit("ja/lab/index.html", '"root":"../../"', '"root":"../"'), "site data: root: expected '../../', got '../'"),
    (edit("ja/lab/index.html", '"hidden":3', '"hidden":4'), "site data: models: expected the same as in"),
    (edit("lab/index.html", '"sha256":"', '"sha256":"0'), "with SHA-256"),
    (edit("lab/index.html", '"bytes":', '"bytes":1'), "site data: "),
    (edit("lab/index.html", 'id="site"', 'id="data"'), "expected the site's data in a script element"),
    (swap_asset("assets/lazy.*", lambda data: data + b'import"gone";'), "import 'gone': expected one of"),
    (swap_asset("assets/lazy.*", lambda data: data + b'fetch("https://a.example/x")'), "no address of another host"),
    (swap_asset("assets/lazy.*", lambda data: data + b'fetch("//a.example/x")'), "no address of another host"),
    (swap_asset("assets/walk-page.*", lambda data: data + b"a{background:url(x)}"), "expected a stylesheet that needs"),
    (swap_asset("assets/kernel-simd.*", lambda data: b"<!doctype html>"), "expected WebAssembly"),
    (swap_asset("assets/none.*", lambda data: data[:-4]), "expected models with weights and golden vectors"),
    (swap_asset("assets/none.*", scale("none")), "expected what the weights compute to"),
    (swap_asset("assets/golden.*", scale("golden")), "expected what the weights compute to"),
    (swap_asset("assets/masking-80.*", lambda data: data.replace(b'"0.8"', b'"0.7"')), "level: expected 0.8"),
    (misname, "assets/walk-page.01234567.css: expected walk-page."),
]


def test_a_whole_site_has_no_fault(built: Path) -> None:
    assert check_site(built) == []
    assert "files, every URL, hash, weight and golden value as it should be" in check(built)


def test_recipes_that_differ_are_no_fault_and_are_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    project = make_project(tmp_path)
    config = project / "models.toml"
    config.write_text(config.read_text() + "epochs = 7\n")  # of the last model
    make_weights(project)
    words = ["--config", str(config), "--template", str(project / "site_template"), "--out", str(project / "_site")]
    assert main(words) == 0
    capsys.readouterr()
    assert main(["check", str(project / "_site")]) == 0
    first, last = read_config(config).models
    said = f"as it should be; the recipes differ: {first.name}: epochs {first.recipe.epochs}; {last.name}: epochs 7\n"
    assert capsys.readouterr().out.endswith(said)


@pytest.mark.parametrize(("plant", "message"), FAULTS, ids=[f"{n}-{message}" for n, (_, message) in enumerate(FAULTS)])
def test_a_planted_fault_is_found(site: Path, plant: Fault, message: str) -> None:
    plant(site)
    assert message in "\n".join(check_site(site))


def test_faults_are_told_and_the_exit_status_says_so(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(site)]) == 0
    (site / "CNAME").write_text("example.org")
    assert main(["check", str(site)]) == 1
    said = capsys.readouterr()
    assert "1 fault(s)\nCNAME: expected only files" in said.err
    with pytest.raises(CheckError, match="CNAME"):
        check(site)


@pytest.mark.parametrize("folder", ["nowhere", "file"])
def test_what_is_no_site_is_one_sentence(tmp_path: Path, folder: str, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("mine")
    assert main(["check", str(tmp_path / folder)]) == 1
    assert f"{folder}: cannot read: " in capsys.readouterr().err


def test_references_are_those_a_browser_would_follow() -> None:
    page = read_page(
        '<html lang="en"><link rel="alternate" href="a"><link rel="icon" href="b"><a href="c&amp;d"></a>'
        '<script src="e"></script><script type="x" id="y">{"f":"<a href=z>"}</script><!-- <img src="g"> -->'
        '<meta property="og:image" content="h"><img src="i" srcset="j 1x, k 2x">'
    )
    assert page.fetched == ["b", "e", *page.fetched[2:]]
    assert sorted(page.fetched[2:]) == ["i", "j", "k"]
    assert page.followed == ["a", "c&d", "h"]
    assert page.scripts == [("x", "y", json.dumps({"f": "<a href=z>"}, separators=(",", ":")))]
    assert page.lang == "en"
    assert page.faults == []
