"""Several hosts train as one: here two processes that find each other as the tasks of a Slurm job do."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from train.data.dataset import load_dataset
from train.learn.training import make_mesh
from train.run import sweep
from train.settings.reader import read_config
from workshop import synthetic
from workshop.projects import CONFIG

ROOT = Path(__file__).resolve().parent.parent
THREE = (
    CONFIG.format(epochs=2)
    + """
[[model]]
noise = "masking"
level = 0.8
"""
)
NAMES = ["masking-50", "none", "masking-80"]

# `python -m train`, which also says what it writes.
COMMAND = """
import sys
from train import files
from train.command import main

def write_told(path, data, write=files.write_synced):
    print("wrote", path.name.rsplit(".", 3)[0])
    write(path, data)

files.write_synced = write_told
sys.exit(main(sys.argv[1:]))
"""


def start(
    project: Path, weights: str, checkpoints: str, environment: dict[str, str], *words: str
) -> subprocess.Popen[str]:
    places = ["--config", str(project / "models.toml"), "--data-dir", str(project / "digits")]
    places += ["--weights", str(project / weights), "--checkpoints", str(project / checkpoints)]
    command = [sys.executable, "-c", COMMAND, *words, *places]
    environment = os.environ | {"JAX_PLATFORMS": "cpu", "XLA_FLAGS": ""} | environment
    return subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def of_slurm(hosts: int, number: int, port: int) -> dict[str, str]:
    """What Slurm says to each of its tasks, and where JAX is to find the first."""
    return {
        "JAX_COORDINATOR_ADDRESS": f"127.0.0.1:{port}",
        "SLURM_JOB_ID": "1",
        "SLURM_STEP_NODELIST": "127.0.0.1",
        "SLURM_NTASKS": str(hosts),
        "SLURM_PROCID": str(number),
        "SLURM_LOCALID": "0",
    }


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def train_one_epoch_of_the_first_model(project: Path, checkpoints: Path) -> None:
    class StopError(Exception):
        pass

    def stop(event: object) -> None:
        raise StopError

    dataset = load_dataset("custom", project / "digits")
    specs = read_config(project / "models.toml").models[:1]
    digest = f"{dataset.digest()} {len(dataset.train)} mesh 2,1 cpu"
    with pytest.raises(StopError):
        sweep.train_group(specs, dataset.train, digest, make_mesh(1, 1), checkpoints, stop)


def wrote(said: str) -> list[str]:
    return [line for line in said.splitlines() if line.startswith("wrote ")]


@pytest.mark.matrix
def test_two_hosts_train_what_two_devices_of_one_train_and_the_first_alone_writes(tmp_path: Path) -> None:
    synthetic.write_idx(tmp_path / "digits", 60, 20, labelled=False)
    (tmp_path / "models.toml").write_text(THREE)
    train_one_epoch_of_the_first_model(tmp_path, tmp_path / "checkpoints-0")  # the second host cannot read it
    port = free_port()
    words = ["--mesh", "2,1", "--distributed"]
    running = [
        start(tmp_path, "hosts", f"checkpoints-{number}", of_slurm(2, number, port), *words) for number in range(2)
    ]
    two_devices = {"XLA_FLAGS": "--xla_force_host_platform_device_count=2"}
    alone = start(tmp_path, "alone", "checkpoints", two_devices, "--mesh", "2,1")
    said = []
    for process in (*running, alone):
        out, errors = process.communicate(timeout=240)
        assert process.returncode == 0, errors
        said.append(out)
    first, second, one = map(wrote, said)
    assert second == []
    assert sum(".checkpoint" in line for line in one) == len(NAMES) * 2  # one an epoch
    assert sorted([*first, "wrote .masking-50.1.checkpoint"]) == sorted(one)
    for name in NAMES:
        file = f"{name}.safetensors"
        assert (tmp_path / "hosts" / file).read_bytes() == (tmp_path / "alone" / file).read_bytes()
    assert list((tmp_path / "checkpoints-0").iterdir()) == []
    assert not (tmp_path / "checkpoints-1").exists()


def test_a_mesh_that_leaves_a_host_idle_is_named_by_all(tmp_path: Path) -> None:
    synthetic.write_idx(tmp_path / "digits", 60, 20, labelled=False)
    (tmp_path / "models.toml").write_text(THREE)
    port = free_port()
    words = ["--mesh", "1,1", "--distributed"]
    running = [start(tmp_path, "hosts", "checkpoints", of_slurm(2, number, port), *words) for number in range(2)]
    for process in running:
        _, errors = process.communicate(timeout=240)
        assert process.returncode == 1
        assert "--mesh: expected one over devices of all 2 hosts, got none of host 1: there are 2 devices" in errors
