"""Where the project's own files are: beside `train` and `export`, in a checkout as in the installed package."""

from pathlib import Path

from train.errors import is_installed

HOME = Path(__file__).resolve().parent.parent


def template_folder() -> Path:
    """Jinja templates, css, js, kernel, locale and samples."""
    return HOME / "site_template"


def default_config() -> Path:
    """The models.toml of the current folder, else the project's own."""
    here = Path("models.toml")
    return here if here.exists() else HOME / "models.toml"


def workflow() -> Path:
    """The GitHub workflow that builds the site and publishes it."""
    return HOME / ".github" / "workflows" / "pages.yml"


def folder_of(config: Path) -> Path:
    """The folder beside a models.toml, where things are written; for that of the installed package, the current one."""
    return Path() if is_installed() and config.resolve().parent == HOME else config.parent
