"""Killed at twenty random moments, training ends at the bits of a training that nobody disturbed."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from train.run import checkpoint

ROOT = Path(__file__).resolve().parent.parent
KILLS = 20
EPOCHS = 700

# The imports take longer than the training: they are done once, and every life is a fork before JAX has any thread.
LIVES = """
import hashlib, json, os, random, select, signal, sys, time
from dataclasses import replace
from pathlib import Path
from tests.test_training import IMAGES, RECIPE, bits, make_mesh, spec, sweep

KILLS, EPOCHS = int(sys.argv[2]), int(sys.argv[3])
SPECS = [spec("masking", level, replace(RECIPE, epochs=EPOCHS)) for level in (0.25, 0.5)]


def live(folder, told):
    events = os.fdopen(told, "w")
    tell = lambda event: print(type(event).__name__, getattr(event, "epoch", ""), file=events, flush=True)
    trained = sweep.train_group(SPECS, IMAGES, "digest", make_mesh(1, 1), Path(folder), tell)
    print("digest", hashlib.sha256(b"".join(bits(one.params) for one in trained)).hexdigest(), file=events, flush=True)
    os._exit(0)


def start(folder):
    told, telling = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(told)
        live(folder, telling)
    os.close(telling)
    return child, os.fdopen(told)


def finish(folder):
    child, events = start(folder)
    lines = [line.split() for line in events]
    os.waitpid(child, 0)
    return lines


def kill(folder, random):
    child, events = start(folder)
    if random.random() < 0.8:  # somewhere in the training, else while it starts
        first = events.readline().split()
    time.sleep(random.uniform(0.0, 0.12))
    os.kill(child, signal.SIGKILL)
    lines = [line.split() for line in events]
    return os.WIFSIGNALED(os.waitpid(child, 0)[1]), any(line[0] == "Note" for line in lines)


whole = finish(sys.argv[1] + "/whole")
seed = int(sys.argv[4])
random = random.Random(seed)
killed = [kill(sys.argv[1] + "/killed", random) for _ in range(KILLS)]
last = finish(sys.argv[1] + "/killed")
print(json.dumps({
    "killed": sum(by_signal for by_signal, _ in killed),
    "damaged": sum(note for _, note in killed),
    "resumed_at": int(last[0][1]),
    "same": whole[-1] == last[-1] and whole[-1][0] == "digest",
}))
"""


@pytest.mark.matrix
def test_killed_at_twenty_random_moments_it_goes_on_to_the_same_bits(tmp_path: Path) -> None:
    seed = int.from_bytes(os.urandom(4), "little")
    words = [str(tmp_path), str(KILLS), str(EPOCHS), str(seed)]
    environment = os.environ | {"JAX_PLATFORMS": "cpu", "NPROC": "1", "PYTHONWARNINGS": "ignore"}
    command = [sys.executable, "-c", LIVES, *words]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["same"], f"seed {seed}: {answer}"
    assert answer["killed"] == KILLS, f"seed {seed}: {answer}"
    assert answer["damaged"] == 0, f"seed {seed}: {answer}"
    assert 1 < answer["resumed_at"] <= EPOCHS, f"seed {seed}: {answer}"
    names = [path.name for path in (tmp_path / "killed").iterdir()]  # and nothing of a write that was cut short
    assert len(names) == 2 * checkpoint.SLOTS
    assert all(name.endswith(".checkpoint") for name in names)
