"""No name of a model or of a language meets one that a file of the site, of the export or of the worker has."""

import json
import shutil
from pathlib import Path

import pytest

from export.command import main
from export.site.catalogue import CatalogueError, direction, read_catalogues
from export.site.check import check_site
from export.site.manifest import find_manifest, read_manifest
from export.site.urls import read_page
from train.errors import ConfigError
from train.settings.reader import read_config
from workshop.checkout import ROOT
from workshop.tiny import make_project, make_weights

# Of the worker, the self-test, the export, the lighter forms, of pages, of the top of the site, of JavaScript.
NAMES = [
    *(
        "golden",
        "light-none",
        "none",
        "pixels",
        "golden-none",
        "golden-pixels",
        "light-pixels",
        "favicon",
        "card",
        "sw",
    ),
    *("lab", "ja", "numbers", "index", "404", "404.html", "manifest", "manifest.12345678", "report", "assets", "words"),
    *(
        "constructor",
        "valueof",
        "weight",
        "app.webmanifest",
        "none.0",
        "a..b",
        "x.",
        "4913",
        "held-out-5",
        "a-checkpoint",
    ),
]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site of models with such names, and with a third language, written from right to left."""
    project = make_project(tmp_path_factory.mktemp("names"))
    entries = "".join(f'[[model]]\nnoise = "masking"\nlevel = 0.5\nname = "{name}"\n' for name in NAMES)
    (project / "models.toml").write_text(f"[defaults]\nhidden = 3\nepochs = 1\n{entries}")
    shutil.rmtree(project / "weights")
    make_weights(project)
    template = project / "site_template"
    shutil.copytree(template / "locale" / "en", template / "locale" / "fa-IR")
    shutil.copytree(ROOT / "site_template" / "pwa", template / "pwa", dirs_exist_ok=True)
    for language in ("en", "ja", "fa-IR"):
        (template / "locale" / language / "pwa.toml").write_text('[pwa]\nupdated = "Newer"\n')
    return project


def places(project: Path, out: str) -> list[str]:
    return [
        *("--config", str(project / "models.toml"), "--template", str(project / "site_template")),
        *("--out", str(project / out)),
    ]


def test_models_of_any_name_are_built_checked_and_kept_by_the_worker(project: Path) -> None:
    assert main([*places(project, "_site"), "--pwa"]) == 0
    assert check_site(project / "_site") == []
    page = read_page((project / "_site" / "lab" / "index.html").read_text())
    (data,) = [json.loads(text) for kind, name, text in page.scripts if (kind, name) == ("application/json", "site")]
    models = data["models"]
    assert [model["name"] for model in models] == NAMES
    files = {model["file"] for model in models} | {model["light"]["file"] for model in models if "light" in model}
    assert data["golden"]["file"] not in files
    worker = (project / "_site" / "sw.js").read_text()
    kept = json.JSONDecoder().raw_decode(worker.removeprefix("self.SITE="))[0]["assets"]
    assert {model["file"] for model in models} <= set(kept)
    assert not {data["golden"]["file"], *(model["light"]["file"] for model in models if "light" in model)} & set(kept)


def test_models_of_any_name_are_exported_whole(project: Path) -> None:
    assert main(["export", *places(project, "_export")]) == 0
    entries = read_manifest(find_manifest(project / "_export"))
    assert len(entries) == 2 * len(NAMES) + 1
    assert {name for name in entries if name.startswith("x..")} != set()


@pytest.mark.parametrize("name", ["x.reader", "con", "nul.1", "com1", "lpt9.a", "aux", "prn", "a\\n", "..", "a/b", "É"])
def test_names_that_no_file_can_have_everywhere_are_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "models.toml").write_text(f'[[model]]\nnoise = "none"\nname = "{name}"\n')
    with pytest.raises(ConfigError, match=r"models\.toml: \[\[model\]\] 1: name: expected small letters"):
        read_config(tmp_path / "models.toml")


@pytest.mark.parametrize("name", ["lab", "USE", "numbers", "assets", "e", "en_US", "ja-", "Japanese-of-mine"])
def test_a_folder_of_words_is_named_by_a_tag_that_no_folder_of_the_site_has(tmp_path: Path, name: str) -> None:
    for folder in ("en", name):
        (tmp_path / folder).mkdir()
    if name == "Japanese-of-mine":  # of the form of a tag
        assert list(read_catalogues(tmp_path, "mnist")) == ["en", name]
        return
    with pytest.raises(CatalogueError, match=f"{name}: expected a folder named by the tag of a language"):
        read_catalogues(tmp_path, "mnist")


def test_languages_that_differ_in_capitals_alone_are_refused(tmp_path: Path) -> None:
    for folder in ("en", "pt-BR", "pt-br"):
        (tmp_path / folder).mkdir()
    with pytest.raises(CatalogueError, match="expected names that differ in more than capitals, got en, pt-BR, pt-br"):
        read_catalogues(tmp_path, "mnist")


@pytest.mark.parametrize(
    ("language", "way"),
    [
        ("ar", "rtl"),
        ("he-IL", "rtl"),
        ("FA", "rtl"),
        ("az-Arab", "rtl"),
        ("ur-Latn", "ltr"),
        ("en", "ltr"),
        ("ja", "ltr"),
    ],
)
def test_which_way_a_language_is_written(language: str, way: str) -> None:
    assert direction(language) == way


def test_a_page_says_which_way_it_is_written(project: Path) -> None:
    assert main(places(project, "_site")) == 0
    assert '<html lang="fa-IR" dir="rtl">' in (project / "_site" / "fa-IR" / "index.html").read_text()
    assert '<html lang="ja">' in (project / "_site" / "ja" / "index.html").read_text()
    assert '<section lang="fa-IR" dir="auto">' in (project / "_site" / "404.html").read_text()
    assert main([*places(project, "one.html"), "--single-file"]) == 0
    assert 'data-lang="fa-IR" data-dir="rtl"' in (project / "one.html").read_text()
