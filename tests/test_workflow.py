"""The workflows: least permissions, actions pinned by hash; what is published is checked, what is proposed tested."""

import re
import tomllib

import pytest

from workshop.checkout import ROOT, run_build

FOLDER = ROOT / ".github" / "workflows"
PAGES, TEST = ((FOLDER / name).read_text() for name in ("pages.yml", "test.yml"))
JOBS = dict(re.findall(r"^  (build|deploy|test):\n((?:    .*\n|\n)+)", f"{PAGES}\n{TEST}", re.MULTILINE))
ORDER = ("actions/checkout", "pip install", "python build.py --url", "python build.py check", "upload-pages-artifact")


def permissions(job: str) -> dict[str, str]:
    block = re.search(r"^    permissions:\n((?:      .*\n)+)", JOBS[job], re.MULTILINE)
    assert block
    return dict(line.strip().split(": ") for line in block[1].splitlines())


@pytest.mark.parametrize(("text", "count"), [(PAGES, 5), (TEST, 2)], ids=["pages", "test"])
def test_every_action_is_pinned_by_its_hash(text: str, count: int) -> None:
    used = re.findall(r"uses: (\S+)", text)
    assert len(used) == count
    assert all(re.fullmatch(r"actions/[a-z-]+@[0-9a-f]{40}", action) for action in used)
    assert len(re.findall(r"@[0-9a-f]{40} # v\d+\.\d+\.\d+$", text, re.MULTILINE)) == count


def test_the_action_that_is_made_of_others_pins_them_and_leaves_nothing_of_the_site_out() -> None:
    # Of ours only upload-pages-artifact uses another action: from v4 on by its hash, and without hidden files.
    version = re.search(r"upload-pages-artifact@[0-9a-f]{40} # v(\d+)", PAGES)
    assert version
    assert int(version[1]) >= 4
    assert re.search(r"path: _site\n +include-hidden-files: true", PAGES)


def test_each_job_may_do_what_it_must_and_no_more() -> None:
    assert all(re.search(r"^permissions: \{\}$", text, re.MULTILINE) for text in (PAGES, TEST))
    assert set(JOBS) == {"build", "deploy", "test"}
    assert permissions("build") == {"contents": "read", "pages": "read"}
    assert permissions("deploy") == {"pages": "write", "id-token": "write"}
    assert permissions("test") == {"contents": "read"}
    assert all("persist-credentials: false" in JOBS[job] for job in ("build", "test"))
    assert "secrets" not in PAGES + TEST


def test_the_site_is_built_and_checked_before_it_is_handed_over() -> None:
    places = [JOBS["build"].index(step) for step in ORDER]
    assert places == sorted(places)
    assert "needs: build" in JOBS["deploy"]


def test_what_is_installed_for_a_build_is_what_the_package_needs_pinned_by_hash() -> None:
    assert "pip install --require-hashes --only-binary :all: -r .github/requirements.txt" in JOBS["build"]
    lines = (ROOT / ".github" / "requirements.txt").read_text().splitlines()
    assert lines[0].startswith("#")
    pinned = [re.fullmatch(r"([a-z0-9-]+)==[\d.]+ --hash=sha256:[0-9a-f]{64}", line) for line in lines[1:]]
    needs = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    declared = [re.match(r"[a-z0-9-]+", line) for line in needs]
    assert [one and one[1] for one in pinned] == [one and one[0] for one in declared]


def test_a_pull_request_is_tested_with_the_oldest_and_the_newest_python() -> None:
    assert "os: [ubuntu-24.04, macos-15]" in TEST
    assert 'python: ["3.11", "3.14"]' in TEST
    assert 'requires-python = ">=3.11"' in (ROOT / "pyproject.toml").read_text()
    assert "      - run: python -m pytest\n" in TEST
    assert re.search(r"^on:\n  pull_request:\n\n", TEST, re.MULTILINE)


def test_what_comes_from_outside_reaches_the_shell_as_a_variable_only() -> None:
    assert all("${{" not in line for line in (PAGES + TEST).splitlines() if "run:" in line)


def test_its_commands_are_commands_of_ours() -> None:
    for command in re.findall(r"run: python build\.py( check)?", PAGES):
        assert run_build(*command.split(), "--help").returncode == 0
