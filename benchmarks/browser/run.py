"""Measure the kernel beside its peers in Chromium, and write results.json.

`python -m benchmarks.browser.run` installs the peers of package.json if they are not there, builds native.c, and runs
the page. `python -m benchmarks.browser.table` prints the table.
"""

import functools
import gzip
import http.server
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from export.site.modules import make_module
from workshop.browser import launch
from workshop.npm import fetched

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
PACKAGES = HERE / "node_modules"
JS = ROOT / "site_template" / "js" / "network"
WASM = ROOT / "site_template" / "kernel"
TENSORFLOW = PACKAGES / "@tensorflow"
UNPACED = ("--disable-frame-rate-limit", "--disable-gpu-vsync")
SHIPPED: dict[str, tuple[Path, ...]] = {
    "numeric.js": (PACKAGES / "numeric" / "numeric-1.2.6.min.js", PACKAGES / "d3" / "d3.min.js"),
    "tensorflow.js cpu": (
        TENSORFLOW / "tfjs-core" / "dist" / "tf-core.min.js",
        TENSORFLOW / "tfjs-backend-cpu" / "dist" / "tf-backend-cpu.min.js",
    ),
    "tensorflow.js wasm": (
        TENSORFLOW / "tfjs-core" / "dist" / "tf-core.min.js",
        TENSORFLOW / "tfjs-backend-wasm" / "dist" / "tf-backend-wasm.min.js",
        TENSORFLOW / "tfjs-backend-wasm" / "dist" / "tfjs-backend-wasm-simd.wasm",
    ),
    "onnxruntime-web wasm": (
        PACKAGES / "onnxruntime-web" / "dist" / "ort.wasm.min.js",
        PACKAGES / "onnxruntime-web" / "dist" / "ort-wasm-simd-threaded.mjs",
        PACKAGES / "onnxruntime-web" / "dist" / "ort-wasm-simd-threaded.wasm",
    ),
    "plain typed arrays": (),
    "ours, plain": (JS / "kernel.js", JS / "plain.js"),
    "ours, SIMD": (JS / "kernel.js", WASM / "simd.wasm"),
    "ours, relaxed SIMD": (JS / "kernel.js", WASM / "relaxed.wasm"),
}


class Isolated(http.server.SimpleHTTPRequestHandler):
    """Serves the repository, cross-origin isolated, because only then are the clock's steps 5 µs."""

    def end_headers(self) -> None:
        """Add the two headers that isolate."""
        self.send_header("Cross-Origin-Opener-Policy", "same-origin")
        self.send_header("Cross-Origin-Embedder-Policy", "require-corp")
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def native(folder: Path) -> list[dict[str, float]]:
    """Microseconds to read the weights of one model and of eleven; one entry a run."""
    program = folder / "native"
    source = str(HERE / "native.c")
    compiler = [sys.executable, "-m", "ziglang", "cc", "-O3", "-mcpu=baseline", "-ffast-math"]
    subprocess.run([*compiler, source, "-o", str(program)], check=True)
    runs = [subprocess.run([str(program)], check=True, capture_output=True, text=True) for _ in range(5)]
    return [json.loads(run.stdout) for run in runs]


def call(browser: Browser, url: str, function: str) -> dict[str, Any]:
    """What a function of the benchmark's page answers, in a page of its own."""
    page = browser.new_page()
    page.on("pageerror", lambda error: print(error, file=sys.stderr))
    page.goto(url)
    page.wait_for_function("() => 'bench' in window")
    measured: dict[str, Any] = page.evaluate(f"{function}()")
    page.close()
    return measured


def measure_pages() -> dict[str, Any]:
    """What bench.js and frames.js measure in Chromium; the frames also where none waits for the screen."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Isolated, directory=str(ROOT)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_address[1]}/benchmarks/browser/index.html"
    with sync_playwright() as playwright:
        browser = launch(playwright)
        measured = call(browser, url, "bench") | {"chromium": browser.version}
        measured["frame_60_hz"] = call(browser, url, "frames")
        browser.close()
        browser = launch(playwright, *UNPACED)
        measured["frame"] = call(browser, url, "frames")
        browser.close()
    server.shutdown()
    return measured


def measured_in_chromium(function: str) -> tuple[dict[str, Any], str]:
    """What one function of the benchmark's page answers, and Chromium's version."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Isolated, directory=str(ROOT)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with sync_playwright() as playwright:
        browser = launch(playwright)
        url = f"http://127.0.0.1:{server.server_address[1]}/benchmarks/browser/index.html"
        measured = call(browser, url, function), browser.version
        browser.close()
    server.shutdown()
    return measured


def shipped(path: Path) -> bytes:
    """What a visitor gets of a file: our own modules without their comments, the rest as it is."""
    return make_module(path.stem, path.read_text()).code.encode() if path.parent == JS else path.read_bytes()


def processor() -> str:
    """The processor's name."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    named = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.processor()


def main() -> None:
    """Run everything once and write results.json."""
    fetched("", HERE)
    with tempfile.TemporaryDirectory() as folder:
        limits = native(Path(folder))
        results = measure_pages()
        limits += native(Path(folder))
    results["native"] = {name: statistics.median(limit[name] for limit in limits) for name in ("one", "eleven")}
    results["processor"] = processor()
    results["cores"] = os.cpu_count()
    results["versions"] = json.loads((HERE / "package.json").read_text())["dependencies"]
    results["gzipped"] = {
        name: sum(len(gzip.compress(shipped(path), 9)) for path in paths) for name, paths in SHIPPED.items()
    }
    (HERE / "results.json").write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    main()
