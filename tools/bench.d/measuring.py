"""What every measurement here needs: the programs that measure, a row of the table, the machine."""

import contextlib
import dataclasses
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
TOOLS = REPOSITORY / ".build/bench"
PARTITIONS = 8
KEY_BYTES = 8
sys.path.insert(0, str(REPOSITORY / "Tests/EndToEnd"))  # for the tests' own `broker`


@dataclasses.dataclass
class Row:
    """One line of the table. `target` bounds the ratio and `limit` the figure: from below for
    speeds, else from above. Where there are both, either will do; without any, nothing is asked."""

    what: str
    figure: float
    reference: float
    unit: str
    ratio: float
    lowest: float
    highest: float
    target: float | None
    limit: float | None
    more_is_better: bool

    @classmethod
    def of(cls, what, pairs, unit, target=None, limit=None, more_is_better=True):
        """The row of (figure, reference) pairs: the medians, and the median of the ratios."""
        figure = statistics.median(f for f, _ in pairs)
        reference = statistics.median(r for _, r in pairs)
        ratios = [f / r for f, r in pairs]
        return cls(what, figure, reference, unit, statistics.median(ratios), min(ratios),
                   max(ratios), target, limit, more_is_better)

    @property
    def ok(self):
        bounds = [(self.ratio, self.target), (self.figure, self.limit)]
        met = [value >= bound if self.more_is_better else value <= bound
               for value, bound in bounds if bound is not None]
        return any(met) or not met

    @property
    def wanted(self):
        sign = "≥" if self.more_is_better else "≤"
        bounds = [] if self.target is None else [f"{sign} {self.target:g}"]
        if self.limit is not None:
            bounds.append(f"{sign} {self.limit:,.0f} {self.unit}")
        return " or ".join(bounds)


def say(text):
    print(text, file=sys.stderr, flush=True)


def run(*command):
    """Runs a program of ours and reads its line of JSON."""
    done = subprocess.run(
        [str(part) for part in command], stdin=subprocess.DEVNULL, capture_output=True, text=True,
        check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}\n{done.stderr}")
    return json.loads(done.stdout)


def client(command, topic, records, bootstrap=None, *flags, **options):
    return run(*client_command(command, topic, records, bootstrap, *flags, **options))


@contextlib.contextmanager
def background(*what, **options):
    """A client that goes on until it is not needed any more."""
    process = subprocess.Popen(
        [str(part) for part in client_command(*what, **options)], stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL)
    try:
        yield
        if process.poll() is not None:
            sys.exit(f"{what} ended with {process.returncode} while it was needed")
    finally:
        process.kill()
        process.wait()


def client_command(command, topic, records, bootstrap=None, *flags, **options):
    arguments = [TOOLS / "client", command, "--topic", topic, "--records", records,
                 "--set", "log_level=3", *flags]
    if bootstrap:
        arguments += ["--broker", bootstrap]
    for name, value in options.items():
        arguments += [f"--{name.replace('_', '-')}", value]
    return arguments


def processor():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def settings(quick):
    """What a reader of the figures has to know."""
    version = subprocess.run(
        [TOOLS / "rows", "--version"], capture_output=True, text=True, check=True).stdout.strip()
    revision = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=REPOSITORY, capture_output=True, text=True,
        check=False).stdout.strip()
    return {
        "processor": processor(), "cores": len(os.sched_getaffinity(0)),
        "kernel": platform.release(),
        "sqlite": version, "revision": revision, "partitions": PARTITIONS,
        "key_bytes": KEY_BYTES, "quick": quick,
    }
