"""`python build.py check` on the real site: one planted fault of every kind is found and named."""

import re
import shutil
from pathlib import Path

import pytest

from export.check import check_site
from export.command import main
from tests.test_check import Fault, edit, find, misname, remove, scale, swap_asset, truncate_manifest

FAULTS: list[tuple[Fault, str]] = [
    (lambda site: find(site, "assets/gaussian-075.*").unlink(), "assets/gaussian-075.* bytes, got nothing"),
    (lambda site: find(site, "assets/main.*").write_bytes(b"0" * 99_999), r"assets/main\..* bytes, got 99999"),
    (lambda site: (site / "ja" / "index.html").write_bytes(b""), "ja/index.html: expected .* bytes, got 0"),
    (lambda site: (site / "notes.txt").write_text("mine"), "notes.txt: expected only files that manifest"),
    (lambda site: (site / "out").symlink_to("/etc/hostname"), "out: expected a file of the site, got a link to"),
    (truncate_manifest, "expected the name manifest"),
    (misname, "assets/style.01234567.css: expected style"),
    (remove("assets/units.*.js"), r"index.html: '\./assets/units\..*': expected the file assets/units"),
    (remove("ja/index.html"), "expected pages in two languages, got index.html"),
    (edit("index.html", 'src="./assets/main.', 'src="https://cdn.example.org/main.'), "got another host"),
    (edit("ja/index.html", 'href="../assets/style.', 'href="../../style.'), "expected a file inside the site"),
    (edit("ja/index.html", "<main>", '<main><img src="x.png">'), "ja/index.html: 'x.png': expected the file ja/x.png"),
    (edit("index.html", "<main>", '<main><p onclick="x()">'), "<p onclick>: expected no inline code"),
    (edit("index.html", "</head>", "<script>x()</script></head>"), "content security policy: script-src: expected"),
    (edit("index.html", "connect-src 'self'", "connect-src *"), "content security policy: connect-src"),
    (
        edit("ja/index.html", '"level":0.8,', '"level":0.7,'),
        "ja/index.html: site data: models: expected the same as in",
    ),
    (edit("index.html", '"bytes":', '"bytes":1'), "index.html: site data: .*: expected"),
    (swap_asset("assets/wall.*", lambda data: data + b'import"gone";'), "import 'gone': expected one of"),
    (swap_asset("assets/share.*", lambda data: data + b'fetch("//a.example")'), "expected no address of another host"),
    (swap_asset("assets/kernel-simd.*", lambda data: data[1:]), "expected WebAssembly"),
    (swap_asset("assets/none.*", scale("none")), r"golden\..*: none: expected what the weights compute to 1e-05"),
    (swap_asset("assets/golden.*", scale("x")), r"golden\..*: gaussian-100: expected what the weights"),
    (swap_asset("assets/masking-80.*", lambda data: data.replace(b'"0.8"', b'"0.9"')), "level: expected 0.8"),
]


@pytest.fixture(scope="module")
def whole(site: Path) -> Path:
    """The real site; the command finds nothing in it."""
    assert main(["check", str(site)]) == 0
    return site


@pytest.mark.parametrize(("plant", "message"), FAULTS, ids=[f"{n}-{message}" for n, (_, message) in enumerate(FAULTS)])
def test_a_planted_fault_is_found_and_named(
    whole: Path, tmp_path: Path, plant: Fault, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "_site"
    shutil.copytree(whole, folder)
    plant(folder)
    assert main(["check", str(folder)]) == 1
    assert re.search(message, capsys.readouterr().err)


@pytest.mark.parametrize("words", [["--dtype", "F16"], ["--pwa"], ["--url", "https://example.org/noise"]])
def test_every_way_to_build_passes(tmp_path: Path, words: list[str]) -> None:
    assert main(["--out", str(tmp_path / "_site"), *words]) == 0
    assert check_site(tmp_path / "_site") == []
