"""What Lighthouse says of the built page, as on a phone: `python -m benchmarks.lighthouse.run` writes results.json.

In:  the site, built anew and served gzipped, as GitHub Pages serves it; Chromium; Lighthouse of package.json.
Out: for each language the scores of three visits and their median, from 0 to 100, with Lighthouse's own defaults: a
     slow phone, simulated.
"""

import gzip
import http.server
import json
import os
import statistics
import subprocess
import sys
import tempfile
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

from playwright.sync_api import sync_playwright

from tests.conftest import find_chromium, serve
from tests.npm import NODE, fetched

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
VISITS = 3
PAGES = {"en": "", "ja": "ja/"}
TEXTS = (".html", ".css", ".js", ".json", ".svg")
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")


class Gzipped(http.server.SimpleHTTPRequestHandler):
    """Compresses what GitHub Pages compresses."""

    def send_head(self) -> Any:
        """Answer with the file, a text compressed."""
        path = Path(self.translate_path(self.path))
        if path.is_dir():
            path /= "index.html"
        if path.suffix not in TEXTS or not path.is_file():
            return super().send_head()
        body = gzip.compress(path.read_bytes(), 6)
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(path))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        stream: BinaryIO = BytesIO(body)
        return stream

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def visit(url: str, chromium: str, folder: Path) -> dict[str, float]:
    """The scores of one visit."""
    out = folder / "lighthouse.json"
    flags = "--headless=new --no-sandbox --disable-gpu"
    command = [*NODE, str(fetched("lighthouse/cli/index.js", HERE)), url, "--quiet", f"--chrome-flags={flags}"]
    subprocess.run(
        [*command, "--output=json", f"--output-path={out}"], check=True, env=os.environ | {"CHROME_PATH": chromium}
    )
    categories = json.loads(out.read_text())["categories"]
    return {name: round(100 * categories[name]["score"]) for name in CATEGORIES}


def main() -> None:
    """Build, visit and write results.json."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        site = folder / "site"
        subprocess.run([sys.executable, str(ROOT / "build.py"), "--out", str(site)], check=True, stdout=subprocess.PIPE)
        server = serve(site, Gzipped)
        url = f"http://127.0.0.1:{server.server_address[1]}/"
        with sync_playwright() as playwright:
            chromium = find_chromium(playwright)
        visits = {
            language: [visit(url + path, chromium, folder) for _ in range(VISITS)] for language, path in PAGES.items()
        }
        server.shutdown()
    results = {
        "versions": json.loads((HERE / "package.json").read_text())["dependencies"],
        "visits": visits,
        "median": {
            language: {name: statistics.median(scores[name] for scores in all_scores) for name in CATEGORIES}
            for language, all_scores in visits.items()
        },
    }
    (HERE / "results.json").write_text(json.dumps(results, indent=1) + "\n")
    print(HERE / "results.json")


if __name__ == "__main__":
    main()
