"""One `acta serve` process, or one of a program with a node in it, as the tests see it: a port, a data file, a log and a pid."""

import contextlib
import ctypes
import json
import os
import pathlib
import random
import re
import signal
import socket
import subprocess
import time

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
READY = "Kafka Server started"
START_SECONDS = 20
STOP_SECONDS = 5


def binary():
    """The broker under test; ACTA_BINARY names another than the release build."""
    path = pathlib.Path(os.environ.get("ACTA_BINARY", REPOSITORY / ".build/release/acta"))
    if not path.is_file():
        raise FileNotFoundError(
            f"{path} does not exist: build it with `swift build -c release --product acta`,"
            " or name a binary in ACTA_BINARY"
        )
    return str(path)


def embedding_program():
    """Tests/EmbeddedNode; ACTA_EMBEDDED names another than the release build."""
    named = os.environ.get("ACTA_EMBEDDED")
    return named or program("EmbeddedNode")


def program(name):
    """One of the tests' own programs, as it was built for release."""
    path = REPOSITORY / ".build/release" / name
    if not path.is_file():
        raise FileNotFoundError(
            f"{path} does not exist: build it with `swift build -c release --product {name}`")
    return str(path)


def free_port():
    """A port nobody listens on now. A broker restarted by a test must get the same one again.

    Below those that the system gives to clients: tests make thousands of connections, and one of their
    ports, or one that still rests for a minute, cannot be listened on.
    """
    while True:
        port = random.randrange(20_000, 32_000)
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return port


class BrokerFailed(Exception):
    """The process ended, or never said that it was ready. Carries what it printed."""


class Broker:
    #: Every broker of this run that has been started, for the log in a failure's report.
    running = []

    def __init__(self, directory, overrides=(), port=None):
        self.directory = pathlib.Path(directory)
        self.data = self.directory / "acta.db"
        self.overrides = ["group.initial.rebalance.delay.ms=0", *overrides]
        self.port = free_port() if port is None else port
        self.process = None

    @property
    def bootstrap(self):
        return f"127.0.0.1:{self.port}"

    @property
    def pid(self):
        return self.process.pid

    @property
    def out(self):
        return self.directory / "acta.out"

    @property
    def err(self):
        return self.directory / "acta.err"

    def command(self):
        listener = f"PLAINTEXT://127.0.0.1:{self.port}"
        arguments = [binary(), "serve", "--data", str(self.data), "--listeners", listener]
        for override in self.overrides:
            arguments += ["--override", override]
        return arguments

    def start(self):
        """Starts the process and returns when it has printed the ready line."""
        self.directory.mkdir(parents=True, exist_ok=True)
        printed = self.out.stat().st_size if self.out.exists() else 0
        with open(self.out, "ab") as out, open(self.err, "ab") as err:
            self.process = subprocess.Popen(
                self.command(), stdin=subprocess.DEVNULL, stdout=out, stderr=err
            )
        if self not in Broker.running:
            Broker.running.append(self)
        deadline = time.monotonic() + START_SECONDS
        while READY not in self.printed_since(printed):
            if self.process.poll() is not None:
                raise BrokerFailed(f"acta exited with {self.process.returncode}\n{self.log()}")
            if time.monotonic() > deadline:
                self.kill9()
                raise BrokerFailed(f"no '{READY}' within {START_SECONDS} s\n{self.log()}")
            time.sleep(0.005)
        return self

    def printed_since(self, position):
        with open(self.out, "rb") as out:
            out.seek(position)
            return out.read().decode(errors="replace")

    def bound_port(self):
        """The port named in what the broker printed; for brokers that were given port 0."""
        for found in re.finditer(r"127\.0\.0\.1:(\d+)", self.printed_since(0)):
            if found.group(1) != "0":
                return int(found.group(1))
        raise BrokerFailed(f"the banner names no port\n{self.log()}")

    def stop(self, signal_number=signal.SIGTERM):
        """Asks the broker to stop and returns its exit code; fails when it takes too long."""
        self.process.send_signal(signal_number)
        try:
            return self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill9()
            raise BrokerFailed(
                f"still running {STOP_SECONDS} s after signal {signal_number}\n{self.log()}"
            ) from None

    def kill9(self):
        self.process.kill()
        self.process.wait()

    def restart(self):
        """A clean stop and a new start: what was in memory is gone, what was promised is not."""
        code = self.stop()
        assert code == 0, f"acta exited with {code} on SIGTERM\n{self.log()}"
        return self.start()

    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def memory(self, field="VmRSS"):
        """KiB that the process has, by one of the names in /proc/PID/status: what is resident."""
        status = pathlib.Path(f"/proc/{self.pid}/status").read_text()
        [line] = [line for line in status.splitlines() if line.startswith(f"{field}:")]
        return int(line.split()[1])

    def processor_seconds(self):
        """User and system time so far: what /proc/PID/stat counts in hundredths of a second."""
        clock = ctypes.c_int()
        if ctypes.CDLL(None).clock_getcpuclockid(self.pid, ctypes.byref(clock)) != 0:
            raise BrokerFailed(f"acta is gone\n{self.log()}")
        return time.clock_gettime(clock.value)

    def descriptors(self):
        """How many files and sockets the process has open."""
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def close(self):
        if self.is_running():
            self.kill9()
        if self in Broker.running:
            Broker.running.remove(self)

    def shell(self, query, *options):
        """What the stock shell prints, read-only, while the broker runs."""
        shell = subprocess.run(
            ["sqlite3", "-bail", "-readonly", *options, "-cmd", ".timeout 5000", str(self.data)],
            # Not as an argument: a comment at its beginning would look like an option.
            input=f"{query.rstrip().rstrip(';')};\n".encode(), capture_output=True, check=False,
        )
        assert shell.returncode == 0, f"sqlite3: {shell.stderr.decode()}\n{query}"
        return shell.stdout.decode()

    def sql(self, query):
        """The rows of a query, as dictionaries."""
        text = self.shell(query, "-json")
        return json.loads(text) if text.strip() else []

    def plan(self, query):
        """The steps of EXPLAIN QUERY PLAN, without the tree that the shell draws around them."""
        lines = self.shell(f"explain query plan {query}").splitlines()
        return [line.lstrip(" |`-") for line in lines]

    def scalar(self, query):
        [row] = self.sql(query)
        [value] = row.values()
        return value

    def log(self, lines=120):
        """The last lines of what the broker printed, for a failure's report."""
        parts = []
        for path in (self.out, self.err):
            if path.exists():
                text = path.read_text(errors="replace").splitlines()[-lines:]
                parts.append(f"--- {path.name} ---\n" + "\n".join(text))
        return "\n".join(parts)


class EmbeddedBroker(Broker):
    """A node in a program of the tests', in memory: no file to look into, and nothing to restart."""

    def command(self):
        listener = f"listeners=PLAINTEXT://127.0.0.1:{self.port}"
        return [embedding_program(), listener, *self.overrides]
