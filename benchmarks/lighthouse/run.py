"""What Lighthouse says of the built page, as on a phone: `python -m benchmarks.lighthouse.run` writes results.json.

In:  the site, built anew and served gzipped, as GitHub Pages serves it; Chromium; Lighthouse of package.json.
Out: for walk and lab in each language the scores of three visits and their median, from 0 to 100, with Lighthouse's own
     defaults: a slow phone, simulated.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from workshop.browser import find_chromium
from workshop.network import Gzipped
from workshop.npm import NODE, fetched
from workshop.serving import serve

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
VISITS = 3
PAGES = {"walk en": "", "walk ja": "ja/", "lab en": "lab/", "lab ja": "ja/lab/"}
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")


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
        visits = {name: [visit(url + path, chromium, folder) for _ in range(VISITS)] for name, path in PAGES.items()}
        server.shutdown()
    results = {
        "versions": json.loads((HERE / "package.json").read_text())["dependencies"],
        "visits": visits,
        "median": {
            page: {name: statistics.median(scores[name] for scores in all_scores) for name in CATEGORIES}
            for page, all_scores in visits.items()
        },
    }
    (HERE / "results.json").write_text(json.dumps(results, indent=1) + "\n")
    print(HERE / "results.json")


if __name__ == "__main__":
    main()
