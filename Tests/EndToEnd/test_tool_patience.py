"""Tools that nobody answers, and tools that somebody interrupts."""

import re
import signal
import subprocess
import time

import pytest

from broker import binary

NOBODY = "127.0.0.1:1"
SECONDS = 20
ADMIN_TOOLS = [
    "topics --list", "groups --list", "consumer-groups --list", "configs --topic t --describe",
    "get-offsets --topic t", "log-dirs --describe", "cluster cluster-id", "acls --list",
]
WAITING = [*ADMIN_TOOLS, "broker-api-versions", "tail t", "console-consumer --topic t"]


def start(line, *more, **streams):
    return subprocess.Popen(
        [binary(), *line.split(), *more], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, **streams)


@pytest.mark.parametrize("line", ADMIN_TOOLS)
def test_nobody_there_is_told_once_with_the_address_and_the_reason(line, tmp_path):
    (tmp_path / "fast.properties").write_text("default.api.timeout.ms=1000\n")
    words = ["--bootstrap-server", NOBODY, "--command-config", str(tmp_path / "fast.properties")]
    if line.startswith("consumer-groups"):
        words += ["--timeout", "1000"]
    process = start(line, *words)
    out, err = process.communicate(timeout=SECONDS)
    assert out.count("Timed out") <= 1 and err.count("Timed out") <= 1, (out, err)
    assert (out + err).count("Connection refused") == 1, (out, err)
    assert re.search("Timed out|Failed to find brokers", out + err), (out, err)
    assert "WARN" not in err
    assert f"{NOBODY}: Connection refused" in err, err


def test_who_waits_for_ever_says_so_once():
    servers = f"{NOBODY},127.0.0.1:2,localhost:3"
    process = start("console-consumer --topic t --timeout-ms 2500 --bootstrap-server", servers)
    _, err = process.communicate(timeout=SECONDS)
    assert err.count("WARN") == 1, err
    assert "Connection refused" in err


@pytest.mark.parametrize("line", WAITING)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
def test_an_interrupted_tool_ends_at_once_and_says_nothing_of_it(line, number):
    began = time.monotonic()
    process = start(line, "--bootstrap-server", NOBODY)
    time.sleep(0.5)  # It waits for somebody.
    process.send_signal(number)
    out, err = process.communicate(timeout=SECONDS)
    assert process.returncode == 128 + number
    assert time.monotonic() - began < SECONDS / 2
    assert "cancelled" not in out + err and "Error" not in out + err, (out, err)
