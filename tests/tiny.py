"""A site small enough to build hundreds of times: two untrained models of three units, and a page of one line."""

import json
from pathlib import Path

import numpy as np

from export.golden import golden_pixels, write_golden, write_golden_pixels
from export.reference import reconstruct
from export.strokes import read_samples
from export.weights import read_weights, write_weights
from train.config import ModelSpec, read_config
from train.params import Params

ROOT = Path(__file__).resolve().parent.parent
SAMPLES = ROOT / "site_template" / "samples.json"
PIXELS = golden_pixels(read_samples(SAMPLES))

CONFIG = """\
[defaults]
hidden = 3
epochs = 1

[[model]]
noise = "none"

[[model]]
noise = "masking"
level = 0.8
"""
PAGE = """\
<!doctype html>
<html lang="{{ locale }}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{{ csp }}">
<title>{{ t("page.title") }}</title>
<script>{{ guard }}</script>
<link rel="icon" href="{{ asset('favicon.svg') }}">
<link rel="stylesheet" href="{{ asset('style.css') }}">
<script type="importmap">{{ importmap_json }}</script>
{% for href in preloads %}
<link rel="modulepreload" href="{{ href }}">
{% endfor %}
<script type="application/json" id="site">{{ site_json }}</script>
<script type="module" src="{{ main }}"></script>
</head>
<body>
{% for model in models %}
<p>{{ t("page.model", name=model.name) }}</p>
{% endfor %}
<a href="{{ root }}{{ 'ja/' if locale == 'en' else '' }}">{{ other }}</a>
</body>
</html>
"""
MISSING = '[missing]\ntitle = "Missing"\ntext = "Nothing"\nlink = "Up"\n'
WASM = b"\0asm\x01\0\0\0"
TEMPLATE: dict[str, bytes] = {
    "index.html.j2": PAGE.encode(),
    "404.html.j2": (ROOT / "site_template" / "404.html.j2").read_bytes(),
    "favicon.svg": b'<svg xmlns="http://www.w3.org/2000/svg"/>\n',
    "style.css": b"/* why */\nbody { color: red; }\n",
    "panels.css": b"/* later */\np { color: blue; }\n",
    "guard.js": b"// first\nself.guarded = true;\n",
    "samples.json": SAMPLES.read_bytes(),
    "kernel/simd.wasm": WASM,
    "kernel/relaxed.wasm": WASM + b"\0\x01\0",
    "single_file.js": (ROOT / "site_template" / "single_file.js").read_bytes(),
    "js/main.js": b'// wires\nimport { add } from "add";\nexport const lazy = () => import("lazy");\nadd(1);\n',
    "js/add.js": b"/** Adds. */\nexport function add(value) {\n  return value + 1;\n}\n",
    "js/lazy.js": b'import "add";\n',
    "locale/en/page.toml": (MISSING + '[page]\ntitle = "Two & <b>models</b>"\nmodel = "Model {name}"\n').encode(),
    "locale/ja/page.toml": (MISSING + '[page]\ntitle = "二つ"\nmodel = "{name} モデル"\n').encode(),
}


def make_project(folder: Path) -> Path:
    """Write models.toml, weights/ and site_template/ into a folder."""
    (folder / "models.toml").write_text(CONFIG)
    make_weights(folder)
    for name, data in TEMPLATE.items():
        path = folder / "site_template" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


def make_weights(folder: Path) -> None:
    """Random weights, golden vectors and a report for every model of the folder's models.toml."""
    weights = folder / "weights"
    report: dict[str, object] = {}
    write_golden_pixels(weights / "golden", PIXELS)
    for seed, spec in enumerate(read_config(folder / "models.toml").models):
        write_model(weights, spec, seed)
        report[spec.name] = {"fingerprint": spec.fingerprint()}
    (weights / "report.json").write_text(json.dumps({"models": report}))


def write_model(weights: Path, spec: ModelSpec, seed: int) -> None:
    """Random weights of one model, and their golden vectors."""
    random = np.random.default_rng(seed)
    shapes = ((784, spec.recipe.hidden), (spec.recipe.hidden,), (784,))
    params = Params(*(random.normal(0, 0.1, shape).astype(np.float32) for shape in shapes))
    metadata = {
        "noise": spec.noise,
        "level": str(spec.level),
        "dataset": spec.dataset,
        "epochs": str(spec.recipe.epochs),
        "seed": str(seed),
        "recipe": spec.fingerprint(),
        "test_loss": "100.5",
    }
    path = weights / f"{spec.name}.safetensors"
    write_weights(path, params, metadata)
    answers = np.stack([reconstruct(params, pixels) for pixels in PIXELS]).astype(np.float32)
    write_golden(weights / "golden", spec.name, answers, PIXELS, read_weights(path).sha256)
