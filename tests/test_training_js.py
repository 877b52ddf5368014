"""The worker that trains, in real Chromium: it plays, rests, sends what it has learned, and says what goes wrong."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from export.site.join import join_modules
from export.site.modules import eager, read_modules
from tests.test_trainer_js import TABLE
from workshop.checkout import ROOT
from workshop.engines.tab import Tab
from workshop.scripts import SCRIPTS, open_modules, serving

OPEN = """
const { Training } = await load("learn/training");
const snapshots = [];
let failed = null;
let ended = false;
let told = () => {};
const training = new Training({ ...given.files }, {
  snapshot: (one) => {
    snapshots.push({ ...one, racers: one.racers.map(({ weights, changes, ...rest }) => ({ ...rest,
      first: weights.weight[0], same: String(weights.weight.subarray(0, 50)), bias: weights.visibleBias[400],
      shape: [weights.visible, weights.hidden, weights.weight.length, weights.hiddenBias.length],
      changed: Math.max(...changes) })) });
    told();
  },
  ended: () => { ended = true; told(); },
  failed: (error) => { failed = error; told(); },
});
const until = async (holds) => {
  for (const start = performance.now(); !holds() && !failed && performance.now() - start < 20_000; )
    await Promise.race([new Promise((done) => (told = done)), new Promise((done) => setTimeout(done, 500))]);
};
const last = () => snapshots.at(-1);
const { Digits } = await load("draw/digits");
const grammar = await (await fetch("digits.json")).json();
const heldOut = new Uint8Array(784 * 60);
for (let k = 0; k < 60; k++) new Digits(grammar, 99).draw(k, heldOut.subarray(784 * k, 784 * (k + 1)));
const recipe = { hidden: 30, batch: 20, seed: 3, learningRate: 5e-3, schedule: "constant", warmup: 0, b1: 0.9,
  b2: 0.999, steps: 100_000 };
const racers = [{ noise: "none", level: 0 }, { noise: "masking", level: 0.5 }];
const plan = { visible: 784, recipe, racers, params: null, noises: given.table,
  data: { kind: "drawn", grammar, seed: 5 }, heldOut: { images: heldOut, every: 200 } };
"""
FILES = {"worker": "worker.js", "simd": "kernel/train-simd.wasm", "relaxed": "kernel/train-relaxed.wasm"}


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("training")
    modules = read_modules(SCRIPTS)
    (folder / "worker.js").write_text(join_modules(modules, eager(modules, "learn/worker")))
    (folder / "digits.json").write_bytes((ROOT / "site_template" / "digits.json").read_bytes())
    (folder / "broken.js").write_text("nothing.at.all();")
    with serving(folder) as served:
        yield served


@pytest.fixture
def modules(browser: Browser, url: str) -> Iterator[Page]:
    page = open_modules(browser.new_page(), url)
    yield page
    page.close()


def run(page: Page, body: str, **files: str) -> Any:
    given = {"table": TABLE, "files": FILES | files}
    return page.evaluate(f"async (given) => {{ {OPEN} {body} }}", given)


def test_it_waits_steps_plays_and_rests(modules: Page) -> None:
    body = """
    await training.start(plan);
    await until(() => last());
    const first = last();
    training.step();
    await until(() => last().step === 1);
    training.play();
    await until(() => last().step > 200 && last().playing);
    const running = last();
    training.pause();
    await until(() => !last().playing);
    const rested = last();
    await new Promise((done) => setTimeout(done, 150));
    return { first, running, rested, steps: snapshots.map(({ step }) => step), later: last().step, failed, ended };
    """
    told = run(modules, body)
    first, running, rested = told["first"], told["running"], told["rested"]
    assert (told["failed"], told["ended"]) == (None, False)
    assert (first["step"], first["playing"], first["engine"]) == (0, False, "wasm-relaxed")
    assert [racer["noise"] for racer in first["racers"]] == ["none", "masking"]
    assert first["racers"][0]["shape"] == [784, 30, 784 * 30, 30]
    assert first["racers"][0]["same"] == first["racers"][1]["same"], "all begin with the same weight"
    assert [racer["changed"] for racer in first["racers"]] == [0, 0]
    assert told["steps"] == sorted(told["steps"])
    assert running["imagesSeen"] == 20 * running["step"]
    assert running["imagesPerSecond"] > 100
    for racer, before in zip(running["racers"], first["racers"], strict=True):
        assert racer["heldOutLoss"] < before["heldOutLoss"] - 100
        assert before["heldOutAt"] == 0
        assert racer["heldOutAt"] > 0
        assert racer["heldOutAt"] % 200 == 0
        assert racer["loss"] < 300
        assert racer["changed"] > 0.1
        assert racer["bias"] != 0
    assert running["racers"][0]["same"] != running["racers"][1]["same"], "each learns under its own noise"
    assert told["later"] == rested["step"], "it rests"


def test_snapshots_come_at_most_ten_times_a_second_and_go_back(modules: Page) -> None:
    """With two buffers alone: one that does not come back is missed."""
    body = """
    await training.start(plan);
    await until(() => last());
    training.play();
    const before = snapshots.length;
    await new Promise((done) => setTimeout(done, 1000));
    training.stop();
    const count = snapshots.length;
    await new Promise((done) => setTimeout(done, 200));
    return [count - before, snapshots.length - count, training.playing];
    """
    count, later, playing = run(modules, body)
    assert 3 <= count <= 11
    assert (later, playing) == (0, False)


def test_it_ends_after_the_steps_of_its_recipe(modules: Page) -> None:
    body = """
    await training.start({ ...plan, recipe: { ...recipe, steps: 7 }, heldOut: null });
    training.play();
    await until(() => ended && last()?.step === 7);
    training.play();
    training.step();
    await new Promise((done) => setTimeout(done, 100));
    return [ended, last().step, last().playing, training.playing, last().racers[0].heldOutLoss];
    """
    ended, step, playing, _, loss = run(modules, body)
    assert (ended, step, playing) == (True, 7, False)
    assert loss != loss, "what was not measured is no number"


def test_noise_and_rate_change_while_it_runs(modules: Page) -> None:
    body = """
    await training.start(plan);
    training.play();
    await until(() => last()?.step > 20);
    training.setNoise(1, "gaussian", 0.25);
    training.setRate(0);
    await until(() => last().racers[1].noise === "gaussian" && last().step > 40);
    const changed = last();
    await until(() => last().step > changed.step + 20);
    return [changed.racers.map(({ noise, level }) => [noise, level]), changed.racers[0].same === last().racers[0].same];
    """
    assert run(modules, body) == [[["none", 0], ["gaussian", 0.25]], True]


def test_a_loss_that_is_not_finite_ends_it(modules: Page) -> None:
    body = """
    const { initialParams } = await load("learn/initial");
    const params = initialParams(784, 30, 1);
    params.visibleBias[3] = Number.NaN;
    await training.start({ ...plan, params });
    training.play();
    await until(() => failed);
    return [failed.code, failed.details, failed.message, training.playing];
    """
    details = {"racer": 0, "step": 0, "rate": 5e-3}
    assert run(modules, body) == ["loss", details, "training: loss: racer 0, step 0, rate 0.005", False]


def test_it_can_be_started_anew_and_goes_on_from_params(modules: Page) -> None:
    body = """
    await training.start({ ...plan, racers: racers.slice(0, 1) });
    training.play();
    await until(() => last()?.step > 5);
    const { initialParams } = await load("learn/initial");
    const params = initialParams(784, 30, 77);
    await training.start({ ...plan, params });
    await until(() => last().step === 0 && last().racers.length === 2);
    return [last().racers[0].first === params.weight[0], training.playing];
    """
    assert run(modules, body) == [True, False]


def test_without_simd_it_trains_in_plain_javascript(modules: Page) -> None:
    body = """
    await training.start(plan, "plain");
    training.play();
    await until(() => last()?.step > 3);
    return [last().engine, last().racers[0].heldOutLoss < snapshots[0].racers[0].heldOutLoss + 50, failed];
    """
    assert run(modules, body) == ["plain", True, None]


def test_a_kernel_that_does_not_come_is_named(modules: Page) -> None:
    body = "return training.start(plan).then(() => null, (error) => [error.code, error.file]);"
    assert run(modules, body, relaxed="missing.wasm") == ["status", "missing.wasm"]


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"relaxed": "digits.json"}, "CompileError"),
        ({"worker": "missing.js"}, "it could not be loaded"),
        ({"worker": "broken.js"}, "nothing is not defined"),
    ],
)
def test_a_worker_that_cannot_go_on_says_so(modules: Page, files: dict[str, str], said: str) -> None:
    body = """
    await training.start(plan);
    training.play();
    await until(() => failed);
    return [failed.code, failed.details.reason, training.playing];
    """
    code, reason, playing = run(modules, body, **files)
    assert (code, playing) == ("worker", False)
    assert said in reason, json.dumps(reason)


def test_every_engine_trains_in_a_worker(engine: Tab, url: str) -> None:
    """For a moment, with what it chooses itself; each has relaxed SIMD or SIMD."""
    engine.open(f"{url}index.html")
    engine.wait_for("() => window.ready")
    body = """
    await training.start(plan);
    training.play();
    await until(() => last()?.step > 100);
    training.stop();
    return [failed && failed.message, last().engine, ...last().racers.map(({ heldOutLoss }) => heldOutLoss)];
    """
    given = {"table": TABLE, "files": FILES}
    failed, kind, *losses = engine.evaluate(f"async (given) => {{ {OPEN} {body} }}", given)
    assert failed is None
    assert kind in ("wasm-relaxed", "wasm-simd")
    assert max(losses) < 300
