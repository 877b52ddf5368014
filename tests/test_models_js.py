"""Which model computes, from which weights, and in which order files come."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, Route

from export.weights.golden import read_golden_pixels
from export.weights.light import BOUND, make_light
from export.weights.reference import reconstruct
from export.weights.weights_file import Weights, read_weights
from workshop.checkout import ROOT
from workshop.scripts import open_modules, serving

NAMES = ("none", "masking-80", "salt-and-pepper-50", "gaussian-075")
EXACT = 1e-5
SET_UP = """
const { Models, savesData } = await load("network/model");
const { createKernel } = await load("network/kernel");
const heard = [];
const kernel = createKernel({ simd: "kernel/simd.wasm", relaxed: "kernel/relaxed.wasm" }, given.engine);
const models = new Models({ root: "./", models: given.entries }, () => kernel, {
  progress: (name, received) => received === 0 && heard.push(`asks ${name}`),
  ready: ({ entry, weights }) => heard.push(`ready ${entry.name} ${weights.precision}`),
  completed: ({ entry, weights }) => heard.push(`completed ${entry.name} ${weights.precision}`),
  failed: (name, error) => heard.push(`failed ${name} ${error.code ?? error.name}`),
  changed: () => heard.push(`computes ${models.current.entry.name} ${models.current.weights.precision}`),
});
const pixels = Float32Array.from(given.pixels ?? []);
const answer = ({ kernel, handle }) => {
  kernel.update(handle, pixels);
  kernel.decode(handle);
  return Array.from(kernel.reconstruction(handle));
};
const light = { precision: "light" };
const failed = (error) => heard.push(error.name === "AbortError" ? error.name : error.code);
"""


@pytest.fixture(scope="module")
def weights() -> dict[str, Weights]:
    return {name: read_weights(ROOT / "weights" / f"{name}.safetensors") for name in NAMES}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, weights: dict[str, Weights]) -> Iterator[tuple[str, Any]]:
    """The URL of an empty page that has the weights in both forms beside it, and what the site's data say of them."""
    folder = tmp_path_factory.mktemp("models")
    golden = read_golden_pixels(ROOT / "weights" / "golden")
    entries = []
    for name, one in weights.items():
        light = make_light(one, golden)
        assert light
        entry = write(folder, f"{name}.safetensors", one.data)
        entry |= {"name": name, "noise": "none", "level": 0, "hidden": one.hidden}
        entries.append(entry | {"light": write(folder, f"light-{name}.safetensors", light.data)})
    with serving(folder) as url:
        yield url, entries


def write(folder: Path, name: str, data: bytes) -> dict[str, Any]:
    (folder / name).write_bytes(data)
    return {"file": name, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}


def run(page: Page, site: tuple[str, Any], script: str, **given: Any) -> Any:
    url, entries = site
    body = f"async (given) => {{ {SET_UP} {script} }}"
    return open_modules(page, url).evaluate(body, {"engine": None, "entries": entries, **given})


def some_digit() -> list[float]:
    values: list[float] = read_golden_pixels(ROOT / "weights" / "golden")[60].tolist()
    return values


@pytest.mark.parametrize("engine", ["wasm-relaxed", "wasm-simd", "plain"])
def test_a_model_answers_from_the_lighter_form_and_then_exactly(
    page: Page, site: tuple[str, Any], weights: dict[str, Weights], engine: str
) -> None:
    """The handle, the place of the answer and the units that are off stay."""
    script = """
    await models.choose("masking-80");
    models.load("none", light);
    const model = await models.load("none", light);
    const { handle } = model;
    const view = model.kernel.reconstruction(handle);
    const first = answer(model);
    models.current = model;
    models.switchOff([3, 5]);
    const less = answer(model);
    const same = await models.complete("none");
    const kept = same === model && same.handle === handle && model.kernel.reconstruction(handle) === view;
    const off = [3, 5].every((unit) => model.kernel.code(handle)[unit] === 0) && model.kernel.code(handle)[4] !== 0;
    const lessExact = answer(model);
    models.switchOff([]);
    const bits = new Uint8Array(await crypto.subtle.digest("SHA-256", model.weights.weight));
    return { heard, first, less, lessExact, exact: answer(model), kept, off, bits: Array.from(bits) };
    """
    digit = some_digit()
    got = run(page, site, script, engine=engine, pixels=digit)
    assert got["heard"][-4:] == ["asks none", "ready none fixed-point", "asks none", "completed none float32"]
    exact = reconstruct(weights["none"].params, digit)
    assert 1e-5 < np.abs(np.array(got["first"]) - exact).max() <= BOUND
    assert np.abs(np.array(got["exact"]) - exact).max() <= EXACT
    assert np.abs(np.array(got["less"]) - np.array(got["lessExact"])).max() <= BOUND
    assert got["kept"]
    assert got["off"]
    stored = np.ascontiguousarray(weights["none"].params.weight, "<f4").tobytes()
    assert bytes(got["bits"]) == hashlib.sha256(stored).digest()


def test_files_come_one_after_the_other_in_the_order_asked_for(page: Page, site: tuple[str, Any]) -> None:
    script = """
    await Promise.all(given.entries.map(({ name }) => models.load(name, light)));
    return heard;
    """
    assert run(page, site, script) == [line for name in NAMES for line in (f"asks {name}", f"ready {name} fixed-point")]


def test_what_is_asked_for_first_or_chosen_goes_before_what_waits(page: Page, site: tuple[str, Any]) -> None:
    script = """
    const [none, masking, salt, gaussian] = given.entries.map(({ name }) => name);
    const loads = [models.load(none, light), models.load(masking, light), models.load(salt, light)];
    loads.push(models.load(gaussian, { precision: "light", first: true }));
    await Promise.all([...loads, models.choose(salt)]);
    return heard;
    """
    heard = run(page, site, script)
    asked = [line for line in heard if line.startswith("asks")]
    names = [line.split()[1] for line in asked]
    assert names[:3] == ["none", "salt-and-pepper-50", "gaussian-075"]
    assert names[3] == "masking-80"
    assert "computes salt-and-pepper-50 float32" in heard
    assert "asks salt-and-pepper-50" not in asked[2:]  # the lighter form is not asked for when the whole one is there


def test_what_is_chosen_computes_from_the_lighter_form_until_the_whole_one_is_there(
    page: Page, site: tuple[str, Any]
) -> None:
    script = """
    await models.load("masking-80", light);
    await models.choose("masking-80");
    return heard.slice(2);
    """
    assert run(page, site, script) == [
        "computes masking-80 fixed-point",
        "asks masking-80",
        "completed masking-80 float32",
    ]


def test_what_no_longer_matters_leaves_the_queue(page: Page, site: tuple[str, Any]) -> None:
    script = """
    const controller = new AbortController();
    const dropped = { ...light, signal: controller.signal };
    const loads = given.entries.map(({ name }) => models.load(name, dropped).catch(failed));
    loads.push(models.load("masking-80", light), models.load("gaussian-075", light));  // others want these, too
    await 0;
    controller.abort();  // the first is on its way already, and goes on
    await Promise.all(loads);
    await models.load("salt-and-pepper-50", light);
    return heard;
    """
    assert run(page, site, script) == [
        "asks none",
        "AbortError",
        "ready none fixed-point",
        *(line for name in ("masking-80", "gaussian-075") for line in (f"asks {name}", f"ready {name} fixed-point")),
        "asks salt-and-pepper-50",
        "ready salt-and-pepper-50 fixed-point",
    ]


def test_a_file_that_fails_holds_up_none_of_the_others(loud_page: Page, site: tuple[str, Any]) -> None:
    loud_page.route("**/light-masking-80.safetensors", lambda route: route.fulfill(status=404))
    script = """
    await Promise.all(given.entries.map(({ name }) => models.load(name, light).catch(failed)));
    return heard;
    """
    heard = run(loud_page, site, script)
    assert "status" in heard
    assert [line for line in heard if line.startswith("ready")] == [
        f"ready {name} fixed-point" for name in NAMES if name != "masking-80"
    ]


def test_models_are_completed_when_the_page_is_idle(page: Page, site: tuple[str, Any]) -> None:
    script = """
    await Promise.all(given.entries.slice(0, 2).map(({ name }) => models.load(name, light)));
    await models.load("gaussian-075");
    heard.length = 0;
    await models.completeWhenIdle();
    return heard;
    """
    assert run(page, site, script) == [
        line for name in NAMES[:2] for line in (f"asks {name}", f"completed {name} float32")
    ]


def test_who_saves_data_completes_on_request_alone(page: Page, site: tuple[str, Any]) -> None:
    page.add_init_script('Object.defineProperty(navigator, "connection", { value: { saveData: true } })')
    script = """
    await models.load("none", light);
    await models.completeWhenIdle();
    const before = [savesData(), ...heard];
    await models.complete("none");
    return [before, heard.slice(2)];
    """
    before, after = run(page, site, script)
    assert before == [True, "asks none", "ready none fixed-point"]
    assert after == ["asks none", "completed none float32"]


def test_a_completion_that_fails_is_told_and_the_lighter_form_goes_on(loud_page: Page, site: tuple[str, Any]) -> None:
    def cut(route: Route) -> None:
        route.fulfill(body=route.fetch().body()[:-4])

    loud_page.route("**/none.safetensors", cut)
    script = """
    const model = await models.load("none", light);
    const before = answer(model);
    await models.completeWhenIdle().catch(failed);
    const after = answer(model);
    const same = before.every((value, k) => value === after[k]);
    return { heard: heard.slice(2), same, now: model.weights.precision };
    """
    got = run(loud_page, site, script, pixels=some_digit())
    assert got == {"heard": ["asks none", "length"], "same": True, "now": "fixed-point"}


def test_a_site_without_lighter_forms_loads_the_whole_ones(page: Page, site: tuple[str, Any]) -> None:
    url, entries = site
    whole = [{key: value for key, value in entry.items() if key != "light"} for entry in entries]
    script = """
    await models.load("none", light);
    await models.completeWhenIdle();
    return heard;
    """
    assert run(page, (url, whole), script) == ["asks none", "ready none float32"]
