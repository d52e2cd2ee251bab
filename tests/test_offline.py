"""The quickstart opens no socket beyond this machine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

QUICKSTART = Path(__file__).parents[1] / "experiments" / "quickstart" / "experiment.toml"
SCRIPT = """
import ipaddress, json, socket, sys

seen = []
def recorder(event, arguments):
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        address = arguments[1]
        if isinstance(address, tuple) and not ipaddress.ip_address(address[0]).is_loopback:
            seen.append([event, str(address[0])])
    elif event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"):
        if arguments[0] not in (None, "", "localhost", "127.0.0.1", "::1", socket.gethostname()):
            seen.append([event, str(arguments[0])])
sys.addaudithook(recorder)

try:
    if sys.argv[2] == "beyond":
        socket.create_connection(("beyond.invalid", 9), timeout=1)
except OSError:
    pass
from evalkit import evaluate
from evalkit.experiment import load_experiment
from evalkit.pipeline import narrowed

experiment = narrowed(load_experiment(sys.argv[1]), limit=1)
outcome = evaluate(experiment, out=sys.argv[3])
print(json.dumps({"seen": seen, "scored": outcome.run.scored, "tracked": bool(outcome.receipt)}))
"""


def ran(tmp_path: Path, how: str) -> dict[str, object]:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(QUICKSTART), how, str(tmp_path / "runs")],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "EVALKIT_PROCESSES": "1", "OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return dict(json.loads(done.stdout.splitlines()[-1]))


def test_the_quickstart_opens_no_socket_beyond_this_machine(tmp_path: Path) -> None:
    """Report and MLflow included; one look-up made on purpose shows that the recorder sees it."""
    found = ran(tmp_path, "beyond")
    assert found["seen"] == [["socket.getaddrinfo", "beyond.invalid"]]
    assert found["scored"] == 7 * 3
    assert found["tracked"]
