"""The workflow that publishes the site: least permissions, actions pinned by hash, and a check before it goes out."""

import re

from tests.conftest import ROOT, run_build

TEXT = (ROOT / ".github" / "workflows" / "pages.yml").read_text()
JOBS = dict(re.findall(r"^  (build|deploy):\n((?:    .*\n|\n)+)", TEXT, re.MULTILINE))
ORDER = ("actions/checkout", "pip install .", "python build.py --url", "python build.py check", "upload-pages-artifact")


def permissions(job: str) -> dict[str, str]:
    block = re.search(r"^    permissions:\n((?:      .*\n)+)", JOBS[job], re.MULTILINE)
    assert block
    return dict(line.strip().split(": ") for line in block[1].splitlines())


def test_every_action_is_pinned_by_its_hash() -> None:
    used = re.findall(r"uses: (\S+)", TEXT)
    assert len(used) == 5
    assert all(re.fullmatch(r"actions/[a-z-]+@[0-9a-f]{40}", action) for action in used)
    assert len(re.findall(r"@[0-9a-f]{40} # v\d+\.\d+\.\d+$", TEXT, re.MULTILINE)) == 5


def test_each_job_may_do_what_it_must_and_no_more() -> None:
    assert re.search(r"^permissions: \{\}$", TEXT, re.MULTILINE)
    assert set(JOBS) == {"build", "deploy"}
    assert permissions("build") == {"contents": "read", "pages": "read"}
    assert permissions("deploy") == {"pages": "write", "id-token": "write"}
    assert "persist-credentials: false" in JOBS["build"]
    assert "secrets" not in TEXT


def test_the_site_is_built_and_checked_before_it_is_handed_over() -> None:
    places = [JOBS["build"].index(step) for step in ORDER]
    assert places == sorted(places)
    assert "needs: build" in JOBS["deploy"]


def test_what_comes_from_outside_reaches_the_shell_as_a_variable_only() -> None:
    assert all("${{" not in line for line in TEXT.splitlines() if "run:" in line)


def test_its_commands_are_commands_of_ours() -> None:
    for command in re.findall(r"run: python build\.py( check)?", TEXT):
        assert run_build(*command.split(), "--help").returncode == 0
