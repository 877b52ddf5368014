"""Where the project's own files are: beside the packages in a checkout, inside this package when it is installed."""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent


def assets_folder() -> Path:
    """The folder that holds models.toml, site_template/ and weights/."""
    installed = PACKAGE / "assets"
    return installed if installed.is_dir() else PACKAGE.parent


def template_folder() -> Path:
    """Jinja templates, css, js, kernel, locale and samples."""
    return assets_folder() / "site_template"


def default_config() -> Path:
    """The models.toml of the current folder, else the project's own."""
    here = Path("models.toml")
    return here if here.exists() else assets_folder() / "models.toml"
