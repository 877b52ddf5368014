"""Compile kernel.c and train.c, with SIMD and with relaxed SIMD, by the clang of the pinned ziglang package.

`python site_template/kernel/build.py` writes them beside the source, `--out FOLDER` elsewhere. The same bytes come
out on every machine; tests/test_kernel.py holds the committed files to that.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
FLAGS = (
    *("-target", "wasm32-freestanding", "-msimd128", "-ffreestanding", "-nostdlib"),
    *("-std=c11", "-O3", "-fno-builtin", "-fno-unroll-loops", "-fno-vectorize", "-fno-sanitize=all"),
    *("-Wall", "-Wextra", "-Werror"),
    *("-g0", "-Wl,--no-entry", "-Wl,--strip-all", "-Wl,-z,stack-size=16384"),
)
SOURCES = {"kernel.c": "", "train.c": "train-"}  # and what their files' names begin with
VARIANTS: dict[str, tuple[str, ...]] = {"simd": (), "relaxed": ("-mrelaxed-simd",)}


def build(out: Path) -> None:
    """Write all builds into a folder."""
    with tempfile.TemporaryDirectory() as cache:
        caches = {"ZIG_GLOBAL_CACHE_DIR": cache, "ZIG_LOCAL_CACHE_DIR": cache}
        for source, first in SOURCES.items():
            for name, more in VARIANTS.items():
                wasm = out / f"{first}{name}.wasm"
                command = [sys.executable, "-m", "ziglang", "cc", *FLAGS, *more, source, "-o", str(wasm)]
                subprocess.run(command, cwd=HERE, env=os.environ | caches, check=True)
                wasm.chmod(0o644)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--out", type=Path, default=HERE, help="folder to write to (default: beside the source)")
    build(parser.parse_args().out.resolve())
