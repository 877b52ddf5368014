"""`python build.py check` on real sites: one planted fault of every kind is found and named."""

import re
import shutil
from pathlib import Path

import pytest

from export.command import main
from export.site.check import check_site
from tests.test_check import Fault, edit, find, misname, remove, scale, swap_asset, truncate_manifest
from workshop.checkout import only_models


def complete_by_others(data: bytes) -> bytes:
    """A lighter form that says that other weights complete it."""
    return re.sub(rb'("weights_sha256":")[0-9a-f]{64}', rb"\g<1>" + b"0" * 64, data)


FAULTS: list[tuple[Fault, str]] = [
    (lambda site: find(site, "assets/gaussian-075.*").unlink(), "assets/gaussian-075.* bytes, got nothing"),
    (lambda site: find(site, "assets/lab.*.js").write_bytes(b"0" * 99_999), r"assets/lab\..* bytes, got 99999"),
    (lambda site: (site / "ja" / "index.html").write_bytes(b""), "ja/index.html: expected .* bytes, got 0"),
    (lambda site: (site / "notes.txt").write_text("mine"), "notes.txt: expected only files that manifest"),
    (lambda site: (site / "out").symlink_to("/etc/hostname"), "out: expected a file of the site, got a link to"),
    (truncate_manifest, "expected the name manifest"),
    (misname, "assets/walk-page.01234567.css: expected walk-page"),
    (
        remove("assets/panels-units.*.js"),
        r"lab/index.html: '\.\./assets/panels-units\..*': expected the file assets/panels-units",
    ),
    (remove("ja/use/index.html"), "ja/use/index.html: expected in every language, got nothing"),
    (edit("lab/index.html", 'src="../assets/lab.', 'src="https://cdn.example.org/main.'), "got another host"),
    (edit("ja/index.html", 'href="../assets/walk-page.', 'href="../../walk-page.'), "expected a file inside the site"),
    (edit("ja/index.html", "<main>", '<main><img src="x.png">'), "ja/index.html: 'x.png': expected the file ja/x.png"),
    (edit("index.html", "<main>", '<main><p onclick="x()">'), "<p onclick>: expected no inline code"),
    (edit("index.html", "</head>", "<script>x()</script></head>"), "content security policy: script-src: expected"),
    (edit("lab/index.html", "connect-src 'self'", "connect-src *"), "content security policy: connect-src"),
    (
        edit("ja/lab/index.html", '"level":0.8,', '"level":0.7,'),
        "ja/lab/index.html: site data: models: expected the same as in",
    ),
    (edit("lab/index.html", '"bytes":', '"bytes":1'), "lab/index.html: site data: .*: expected"),
    (swap_asset("assets/panels-units.*", lambda data: data + b'import"gone";'), "import 'gone': expected one of"),
    (
        swap_asset("assets/panels-share.*", lambda data: data + b'fetch("//a.example")'),
        "expected no address of another host",
    ),
    (swap_asset("assets/kernel-simd.*", lambda data: data[1:]), "expected WebAssembly"),
    (swap_asset("assets/none.*", scale("none")), r"golden\..*: none: expected what the weights compute to 1e-05"),
    (swap_asset("assets/golden.*", scale("x")), r"golden\..*: gaussian-100: expected what the weights"),
    (remove("assets/light-none.*"), r"site data: 'assets/light-none\..*': expected the file, got none"),
    (
        swap_asset("assets/light-none.*", lambda data: data[:-1]),
        r"got: assets/light-none\..*: expected at least \d+ bytes of numbers, got \d+",
    ),
    (
        swap_asset("assets/light-none.*", lambda data: data.replace(b"dae-light/1", b"dae-light/9")),
        r"light-none\..*: __metadata__: format: expected dae-light/1, got 'dae-light/9'",
    ),
    (
        swap_asset("assets/light-none.*", lambda data: data[:-784] + bytes([1] * 784)),
        r"light-none\..*: expected the answers of the float32 weights to 0\.02, got a difference of",
    ),
    (
        swap_asset("assets/light-none.*", complete_by_others),
        r"light-none\..*: weights_sha256: expected [0-9a-f]{64}, of the weights, got '0{64}'",
    ),
    (
        swap_asset("assets/reader-none.*", lambda data: data[:-4] + b"\0\0\x80\x3f"),
        r"reader-none\..*: expected what its golden shares say to 0\.0001, got a difference of",
    ),
    (
        swap_asset("assets/reader-pixels.*", lambda data: data.replace(b'"threshold":"0.', b'"threshold":"1.')),
        r"reader-pixels\..*: __metadata__: threshold: expected a number, 0 or more, got '1\.",
    ),
    (swap_asset("assets/masking-80.*", lambda data: data.replace(b'"0.8"', b'"0.9"')), "level: expected 0.8"),
]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site of four of the models, in which the command finds nothing."""
    folder = tmp_path_factory.mktemp("whole")
    words = only_models(folder, "none", "masking-80", "gaussian-075", "gaussian-100")
    assert main([*words, "--out", str(folder / "_site")]) == 0
    assert main(["check", str(folder / "_site")]) == 0
    return folder / "_site"


def test_nothing_is_found_in_the_real_site(site: Path) -> None:
    assert main(["check", str(site)]) == 0


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
    shown = only_models(tmp_path, "none", "salt-and-pepper-50")
    assert main([*shown, "--out", str(tmp_path / "_site"), *words]) == 0
    assert check_site(tmp_path / "_site") == []
