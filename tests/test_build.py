"""`python build.py`, on a site small enough to be built for every way an input can be bad."""

import json
import random
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import load

from export.command import main
from export.site.check import check_site
from export.site.manifest import find_manifest, hashed_name, read_manifest, sha256
from export.site.urls import read_page
from train.settings.config import ModelSpec
from workshop.checkout import ROOT
from workshop.tiny import make_project, make_weights

Files = dict[str, bytes]


@pytest.fixture(scope="session")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_project(tmp_path_factory.mktemp("pristine"))


@pytest.fixture
def project(pristine: Path, tmp_path: Path) -> Path:
    project = tmp_path / "project"
    shutil.copytree(pristine, project)
    return project


def options(project: Path, *more: str) -> list[str]:
    named = {"--out": "_site", "--config": "models.toml", "--template": "site_template"}
    return [text for name, path in named.items() for text in (name, str(project / path))] + list(more)


def read(folder: Path) -> Files:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def build(project: Path, *more: str) -> Files:
    assert main(options(project, *more)) == 0
    return read(project / "_site")


def site_data(page: bytes) -> dict[str, object]:
    text = page.decode().partition('id="site">')[2].partition("</script>")[0]
    data = json.loads(text)
    assert isinstance(data, dict)
    return data


def test_the_site_has_its_fixed_files_and_hashed_names_for_all_else(project: Path) -> None:
    files = build(project)
    places = ("", "lab/", "numbers/", "use/", "lesson/")
    fixed = {f"{top}{place}index.html" for top in ("", "ja/") for place in places} | {"404.html", ".nojekyll"}
    fixed.add("sw.js")
    assert fixed <= files.keys()
    for name in files.keys() - fixed:
        plain, _, extension = name.rsplit("/", 1)[-1].rpartition(".")
        stem = plain.rpartition(".")[0]
        assert name.rsplit("/", 1)[-1] == hashed_name(f"{stem}.{extension}", files[name])
    assert not any(name.endswith(".gz") for name in files)


def test_the_manifest_lists_every_file_but_itself(project: Path) -> None:
    files = build(project)
    manifest = find_manifest(project / "_site")
    entries = read_manifest(manifest)
    assert entries.keys() == files.keys() - {manifest.name}
    for name, entry in entries.items():
        assert (entry.bytes, entry.sha256) == (len(files[name]), sha256(files[name]))


def test_two_builds_give_the_same_bytes(project: Path) -> None:
    assert build(project) == build(project)


@pytest.mark.parametrize(
    ("page", "root", "locale"), [("lab/index.html", "../", "en"), ("ja/lab/index.html", "../../", "ja")]
)
def test_the_page_tells_its_scripts_what_to_fetch(project: Path, page: str, root: str, locale: str) -> None:
    files = build(project)
    data = site_data(files[page])
    assert (data["root"], data["locale"], data["shape"], data["dtype"]) == (root, locale, [28, 28], "F32")
    models = data["models"]
    assert isinstance(models, list)
    assert [(model["name"], model["level"], model["hidden"]) for model in models] == [
        ("none", 0.0, 3),
        ("masking-80", 0.8, 3),
    ]
    for model in models:
        weights = files[model["file"]]
        assert (model["bytes"], model["sha256"]) == (len(weights), sha256(weights))
        assert weights == (project / "weights" / f"{model['name']}.safetensors").read_bytes()
    kernel, golden = data["kernel"], data["golden"]
    assert isinstance(kernel, dict)
    assert set(kernel) == {"simd", "relaxed"}
    trainer = data["trainer"]
    assert isinstance(trainer, dict)
    assert set(trainer) == {"simd", "worker"}
    worker = files[trainer["worker"]["file"]].decode()
    assert re.search(r"return \w\+1", worker)
    assert "import" not in worker, "a worker has no import map"
    assert isinstance(golden, dict)
    parts = {f"{part}/{name}" for part in ("reconstruction", "tolerance") for name in ("none", "masking-80")}
    assert set(load(files[golden["file"]])) == {"pixels"} | parts
    assert all(len(files[entry["file"]]) == entry["bytes"] for entry in (*kernel.values(), *trainer.values(), golden))


def test_the_words_are_escaped_and_in_the_language_of_the_page(project: Path) -> None:
    files = build(project)
    assert "<title>Two &amp; &lt;b&gt;models&lt;/b&gt;</title>" in files["index.html"].decode()
    assert "<p>masking-80 モデル</p>" in files["ja/index.html"].decode()


def test_what_a_page_needs_at_once_is_one_file_and_what_comes_later_finds_it_there(project: Path) -> None:
    files = build(project)
    scripts = read_page(files["ja/lab/index.html"].decode()).scripts
    (imports,) = (json.loads(text)["imports"] for kind, _, text in scripts if kind == "importmap")
    assert imports["add"] == imports["lab"] != imports["lazy"]
    names = {name.split(".")[0] for name in files if name.startswith("assets/") and name.endswith(".js")}
    assert names == {"assets/lab", "assets/walk", "assets/lazy", "assets/worker"}
    lab = files[imports["lab"].removeprefix("../../")].decode()
    assert re.search(r"function \w\((\w)\)\{return \1\+1;\}", lab)
    assert 'import"add"' in files[imports["lazy"].removeprefix("../../")].decode()


def test_float16_weights_are_those_that_numpy_rounds_to(project: Path) -> None:
    files = build(project, "--dtype", "F16")
    (name,) = [name for name in files if name.startswith("assets/masking-80.")]
    with (
        safe_open(project / "weights" / "masking-80.safetensors", "numpy") as full,
        safe_open(project / "_site" / name, "numpy") as half,
    ):
        for key in ("weight", "hidden_bias", "visible_bias"):
            np.testing.assert_array_equal(half.get_tensor(key), full.get_tensor(key).astype(np.float16), strict=True)


def test_another_data_type_in_the_weights_folder_is_converted(project: Path) -> None:
    half = build(project, "--dtype", "F16")
    (name,) = [name for name in half if name.startswith("assets/none.")]
    assert b'"F16"' in half[name]
    assert b'"F32"' in build(project)[next(name for name in build(project) if name.startswith("assets/none."))]


def replace(path: str, old: bytes, new: bytes) -> Callable[[Path], None]:
    def change(project: Path) -> None:
        file = project / path
        data = file.read_bytes()
        assert old in data
        file.write_bytes(data.replace(old, new, 1))

    return change


def remove(path: str) -> Callable[[Path], None]:
    return lambda project: (project / path).unlink()


def write(path: str, data: bytes) -> Callable[[Path], object]:
    return lambda project: (project / path).write_bytes(data)


FAULTS: list[tuple[Callable[[Path], object], str]] = [
    (remove("models.toml"), "models.toml: cannot be read"),
    (replace("models.toml", b"0.8", b"1.5"), "models.toml: [[model]] 2: level: expected a number in [0, 1], got 1.5"),
    (write("weights/none.safetensors", b"<!doctype html>"), "none.safetensors: expected a header of at most"),
    (replace("weights/none.safetensors", b'"none"', b'"snow"'), "none.safetensors: __metadata__: noise: expected"),
    (
        replace("weights/masking-80.safetensors", b'"level":"0.8"', b'"level":"0.7"'),
        "masking-80.safetensors: __metadata__: level: expected 0.8, got 0.7",
    ),
    (
        replace("weights/masking-80.safetensors", b'"dataset":"mnist"', b'"dataset":"mnisT"'),
        "masking-80.safetensors: __metadata__: dataset: expected 'mnist', got 'mnisT'",
    ),
    (remove("weights/golden/pixels.safetensors"), "golden/pixels.safetensors: cannot read: no such file"),
    (remove("weights/golden/none.safetensors"), "golden/none.safetensors: cannot read: no such file"),
    (replace("weights/golden/none.safetensors", b"weights_sha256", b"weights_sha255"), "weights_sha256: expected"),
    (remove("weights/report.json"), "report.json: cannot read: no such file or folder"),
    (write("weights/report.json", b"{"), "report.json: expected JSON"),
    (
        write("weights/report.json", b"[]"),
        "report.json: expected an object, got []; delete",
    ),
    (replace("weights/report.json", b'"none": {', b'"nine": {'), "report.json: models.none.fingerprint: expected"),
    (remove("site_template/lab.html.j2"), "lab.html.j2: expected the template lab.html.j2, got none"),
    (remove("site_template/404.html.j2"), "404.html.j2: expected the template 404.html.j2, got none"),
    (write("site_template/404.html.j2", b"{{ nothing }}"), "404.html.j2:1: 'nothing' is undefined"),
    (remove("site_template/favicon.svg"), "asset 'favicon.svg': expected one of"),
    (remove("site_template/style.css"), "site_template/style.css: cannot read: no such file or folder"),
    (remove("site_template/panels.css"), "panels.css: cannot read: no such file"),
    (write("site_template/style.css", b"a{background:url(b.png)}"), "style.css: expected a stylesheet that needs no"),
    (write("site_template/style.css", b"\xff"), "style.css: expected UTF-8 text, got byte 0xff at 0"),
    (remove("site_template/js/lab.js"), "js/lab.js: cannot read: no such file or folder"),
    (remove("site_template/js/add.js"), "lab.js: import 'add': expected one of draw/noise, lab, lazy"),
    (remove("site_template/samples.json"), "samples.json: cannot"),
    (write("site_template/samples.json", b"{}"), "samples.json: "),
    (write("site_template/kernel/simd.wasm", b"<!doctype html>"), "simd.wasm: expected WebAssembly, got b'<!doctyp'"),
    (lambda project: shutil.rmtree(project / "site_template" / "kernel"), "kernel: expected at least one .wasm file"),
    (lambda project: shutil.rmtree(project / "site_template" / "locale"), "locale: cannot read: no such file"),
    (replace("site_template/locale/ja/page.toml", b"title", b"titel"), "ja: missing missing.title"),
    (replace("site_template/locale/en/page.toml", b"{name}", b"{nome}"), "page.model: expected the placeholders"),
    (lambda project: (project / "_site").write_bytes(b""), "_site: cannot write: expected a folder, got a file"),
    (
        lambda project: shutil.copytree(project / "weights", project / "_site"),
        "_site: expected an empty folder or a site built here",
    ),
]


@pytest.mark.parametrize(("spoil", "message"), FAULTS, ids=[message for _, message in FAULTS])
def test_a_bad_input_is_one_sentence_and_writes_nothing(
    project: Path, spoil: Callable[[Path], object], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    spoil(project)
    before = read(project)
    assert main(options(project)) == 1
    said = capsys.readouterr().err
    assert message in said
    assert said.startswith("error: ")
    assert said.count("\n") == 1
    assert read(project) == before


def test_a_failed_build_leaves_the_old_site(project: Path) -> None:
    files = build(project)
    remove("site_template/js/add.js")(project)
    assert main(options(project)) == 1
    assert read(project / "_site") == files


def test_a_full_disk_is_one_sentence_and_leaves_the_old_site(project: Path) -> None:
    files = build(project)
    (project / "site_template" / "style.css").write_text("p { color: red; }\n" * 1_000)
    # What is the same is not written again. The limit is set by the process itself: one with JAX must not be forked.
    script = (
        "import resource, runpy, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000)); "
        "sys.argv = sys.argv[1:]; runpy.run_path(sys.argv[0], run_name='__main__')"
    )
    command = [sys.executable, "-c", script, str(ROOT / "build.py"), *options(project)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == f"error: {project}/_site: cannot write: the file would be larger than allowed\n"
    assert read(project / "_site") == files
    assert not list(project.glob("._site.*"))


@pytest.mark.matrix
def test_killed_at_twenty_random_moments_the_site_is_whole(project: Path) -> None:
    build(project)
    chance = random.Random(20)
    template = project / "site_template" / "404.html.j2"
    for number in range(20):
        template.write_text(template.read_text() + f"<!-- {number} -->")
        process = subprocess.Popen(
            [sys.executable, str(ROOT / "build.py"), *options(project)], stdout=subprocess.DEVNULL
        )
        time.sleep(chance.uniform(0.1, 0.5))
        process.kill()
        process.wait()
        assert check_site(project / "_site") == []
    build(project)
    assert f"<!-- {number} -->" in (project / "_site" / "404.html").read_text()
    assert not list(project.glob("._site.*"))


def test_a_build_imports_neither_jax_nor_tfds_and_opens_no_socket(project: Path) -> None:
    script = (
        "import sys, socket\n"
        "socket.socket = None\n"
        "from export.command import main\n"
        "assert main(sys.argv[1:]) == 0\n"
        "heavy = {'jax', 'jaxlib', 'optax', 'tensorflow_datasets', 'scipy', 'matplotlib'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, *options(project)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    assert done.returncode == 0


def test_help_needs_no_numpy() -> None:
    script = (
        "import sys\n"
        "from export.command import main\n"
        "try:\n"
        "    main(['--help'], 'python build.py')\n"
        "except SystemExit:\n"
        "    assert 'numpy' not in sys.modules and 'jinja2' not in sys.modules\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    for option in ("--out", "--config", "--weights", "--data-dir", "--dtype", "--template", "--url", "--help"):
        assert option in done.stdout


@pytest.mark.parametrize("url", ["ftp://example.org", "https://exa mple.org", 'https://a"b', "example.org"])
def test_an_address_that_could_not_stand_in_a_page_is_refused(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["--url", url])
    assert "expected http:// or https://" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("change", "name", "reason"),
    [
        (remove("weights/masking-80.safetensors"), "masking-80", "masking-80.safetensors is missing"),
        (replace("models.toml", b"level = 0.8", b"level = 0.8\nseed = 7"), "masking-80", "the recipe in models.toml"),
        (replace("models.toml", b"0.8", b"0.5"), "masking-50", "masking-50.safetensors is missing"),
    ],
)
def test_only_the_model_that_changed_is_trained_and_the_build_says_why(
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    change: Callable[[Path], object],
    name: str,
    reason: str,
) -> None:
    trained: list[str] = []

    def train(config: object, specs: list[ModelSpec], folder: Path, data_dir: Path | None) -> None:
        trained.extend(spec.name for spec in specs)
        make_weights(folder.parent)

    change(project)
    monkeypatch.setattr("train.command.train_models", train)
    build(project, "--data-dir", "images")
    assert trained == [name]
    said = capsys.readouterr().out
    assert f"training {name}: " in said
    assert reason in said
