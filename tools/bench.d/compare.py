"""Two builds of the broker, or Apache Kafka and this one, in turn on the same machine: figures of both and their
ratios.

Each run has a broker of its own with an empty file on the same disk. The rounds are outermost and
the order turns with each: what disturbs the machine for a minute then spoils one pair of each cell
and not all pairs of one. The broker's processor time is user and system, from before the first
request until it rests afterwards, so that work put off is counted; of all figures it is the one
that a busy machine disturbs least.
"""

import contextlib
import dataclasses
import pathlib
import resource
import shutil
import socket
import statistics
import subprocess
import sys
import time

from measuring import PARTITIONS, REPOSITORY, TOOLS, Row, background, client, say
from broker import Broker  # the tests' own; it needs nothing but the standard library

#: Nothing may become worse than this, in speed and in time.
NO_SLOWER, NO_DEARER = 0.95, 1.05
CALLERS = 50
LARGE_BYTES = 1_000_000
IDLE_CONNECTIONS = 2_000
#: Twice the data of the cell that reads from it.
CACHE_BYTES = 512 << 20
#: How often it is read from there, which takes the broker next to nothing.
TAIL_READS = 4
#: The same where the tables may have to be read.
REREADS = 2
#: ApiVersions, version 0, without a client id.
HELLO = bytes.fromhex("0000000a 0012 0000 00000001 ffff")


@dataclasses.dataclass
class Figure:
    """One figure of one run. `target` and `limit` are what is asked of the later build."""

    what: str
    value: float
    unit: str
    target: float | None
    limit: float | None
    more_is_better: bool


def speed(what, value, unit):
    return Figure(what, value, unit, NO_SLOWER, None, True)


def cost(what, value, unit, target=NO_DEARER, limit=None):
    return Figure(what, value, unit, target, limit, False)


class Measured:
    """What is measured of a broker, whichever it is."""

    def rest(self):
        """Waits until what was begun is done: a checkpoint, rows that could wait."""
        deadline = time.monotonic() + 10
        before = self.processor_seconds()
        while time.monotonic() < deadline:
            time.sleep(0.1)
            now = self.processor_seconds()
            if now - before < 0.001:
                return
            before = now

    def measure(self, command, records, *flags, **options):
        """The client's answer, and the broker's microseconds of processor while it worked."""
        self.rest()
        before = self.processor_seconds()
        answer = client(command, "log", records, self.bootstrap, *flags, **options)
        self.rest()
        return answer, (self.processor_seconds() - before) * 1e6

    def stored_bytes(self):
        """What its folder takes on the disk."""
        return sum(file.stat().st_blocks * 512
                   for file in self.directory.rglob("*")
                   if file.is_file() and file.suffix != ".reserve")


class Serving(Measured, Broker):
    """A broker of a given program."""

    def __init__(self, binary, directory, overrides):
        super().__init__(directory, overrides)
        self.binary = binary

    def command(self):
        return [str(self.binary), *super().command()[1:]]

    def log_bytes(self):
        """Of the write-ahead log, which is not begun anew before it is large."""
        return pathlib.Path(f"{self.data}-wal").stat().st_size


class Build:
    """One of the two programs."""

    def __init__(self, binary, directory):
        self.binary = pathlib.Path(binary).resolve(strict=True)
        self.directory = directory

    @contextlib.contextmanager
    def serving(self, *overrides):
        """A broker with an empty file, which is gone afterwards."""
        broker = Serving(
            self.binary, self.directory, [f"num.partitions={PARTITIONS}", *overrides])
        broker.start()
        yield broker
        broker.close()
        shutil.rmtree(self.directory)


#: As Java's producer sends who sets nothing.
JAVA = ["enable.idempotence=true", "batch.size=16384", "linger.ms=5"]


def produce(build, value_bytes, count, kind="", settings=()):
    flags = [word for setting in settings for word in ("--set", setting)]
    with build.serving() as broker:
        answer, spent = broker.measure(
            "produce", count, *flags, value_bytes=value_bytes, acks="all")
        stored = broker.stored_bytes()
    what = f"produce, acks=all, {value_bytes:,} B{kind}"
    return [speed(what, answer["records_per_second"], "records/s"),
            cost(f"{what}: processor", spent / count, "µs/record"),
            cost(f"{what}: on disk", stored / count, "bytes/record")]


def end_to_end(build, count):
    """At 1,000 a second, alone, and beside somebody who writes 50 MB/s to another topic."""
    figures = []
    for what, neighbours in [("end to end at 1,000/s", 0),
                             ("end to end at 1,000/s beside 50 MB/s", 1)]:
        with build.serving() as broker, contextlib.ExitStack() as beside:
            for _ in range(neighbours):
                beside.enter_context(background(
                    "produce", "bulk", 1_000_000_000, broker.bootstrap, "--rate", 50_000,
                    value_bytes=1_000))
            answer = client("end-to-end", "log", count, broker.bootstrap, "--rate", 1_000,
                            acks="all")
        figures += [cost(f"{what}, {name}", answer[f"{name}_microseconds"], "µs", limit=limit)
                    for name, limit in [("p50", 1_000), ("p99", 5_000)]]
    return figures


def small_commits(build, count):
    """What one record, sent and acknowledged alone, leaves in the log, which must not be begun anew meanwhile."""
    with build.serving() as broker:
        broker.measure("produce", 100 * PARTITIONS)  # the topic, and a table for each partition
        before = broker.log_bytes()
        answer, _ = broker.measure("latency", count)
        after = broker.log_bytes()
    page, frame = 16_384, 24
    return [cost("bytes of log for one record alone", (after - before) / answer["all_records"],
                 "bytes", limit=2 * (page + frame))]


def consume(build, count):
    """What was just produced, out of a cache that holds it all; then after a restart."""
    # Else librdkafka, once its queue is full, sleeps for up to a second before it fetches again.
    sleepless = "--set", f"queued.min.messages={count}"
    with build.serving(f"acta.tail.cache.bytes={CACHE_BYTES}") as broker:
        broker.measure("produce", count)
        tails = [broker.measure("consume", count, *sleepless) for _ in range(TAIL_READS)]
        broker.restart()
        cold, cold_spent = broker.measure("consume", count, *sleepless)
    tail_rate = statistics.median(answer["records_per_second"] for answer, _ in tails)
    tail_spent = sum(spent for _, spent in tails) / TAIL_READS
    return [speed("consume, tail cache, 100 B", tail_rate, "records/s"),
            cost("consume, tail cache, 100 B: processor", tail_spent / count, "µs/record"),
            speed("consume, cold, 100 B", cold["records_per_second"], "records/s"),
            cost("consume, cold, 100 B: processor", cold_spent / count, "µs/record")]


def reread(build, value_bytes, count, codec="none"):
    """As an operator has it who sets nothing: what was just produced, read from the beginning; and once
    more after a restart, when nothing is in memory."""
    sleepless = "--set", f"queued.min.messages={count}"
    codec_of = "--set", f"compression.type={codec}"
    with build.serving() as broker:
        broker.measure("produce", count, *codec_of, value_bytes=value_bytes)
        warm = [broker.measure("consume", count, *sleepless) for _ in range(REREADS)]
        broker.restart()
        cold, cold_spent = broker.measure("consume", count, *sleepless)
    what = f"{value_bytes:,} B" + ("" if codec == "none" else f", {codec}")
    rate = statistics.median(answer["records_per_second"] for answer, _ in warm)
    spent = sum(spent for _, spent in warm) / REREADS
    return [speed(f"consume just produced, {what}", rate, "records/s"),
            cost(f"consume just produced, {what}: processor", spent / count, "µs/record"),
            speed(f"consume after a restart, {what}", cold["records_per_second"], "records/s"),
            cost(f"consume after a restart, {what}: processor", cold_spent / count, "µs/record")]


def latency(build, count):
    figures = []
    for acks in ("1", "all"):
        with build.serving() as broker:
            answer, spent = broker.measure("latency", count, acks=acks)
        what = f"one in flight, acks={acks}"
        figures += [cost(f"{what}, {name}", answer[f"{name}_microseconds"], "µs")
                    for name in ("p50", "p99")]
        figures.append(cost(f"{what}: processor", spent / answer["all_records"], "µs/record"))
    return figures


def commits(build, count):
    with build.serving() as broker:
        answer, spent = broker.measure("commits", count, clients=CALLERS)
    what = f"commits, {CALLERS} clients"
    return [speed(what, answer["commits_per_second"], "commits/s"),
            cost(f"{what}, p50", answer["p50_microseconds"], "µs"),
            cost(f"{what}, p99", answer["p99_microseconds"], "µs"),
            cost(f"{what}: processor", spent / answer["all_commits"], "µs/commit")]


def requests(build, count):
    """Requests that touch no table, of which the sockets are the greater part; and some that do."""
    figures = []
    for name, request, records, target in [
        ("ApiVersions", "api-versions", count, 0.9),
        ("one record, acks=1", "produce", count // 4, NO_DEARER),
    ]:
        with build.serving() as broker:
            answer, spent = broker.measure(
                "requests", records, clients=CALLERS, request=request, acks="1")
        what = f"{name}, {CALLERS} connections"
        figures += [speed(what, answer["requests_per_second"], "requests/s"),
                    cost(f"{what}: processor", spent / answer["all_requests"], "µs/request",
                         target)]
    return figures


def large_requests(build, count):
    """Stored, and refused on sight: the second is what receiving alone costs."""
    figures = []
    for name, request, records in [("acks=all", "produce", count),
                                   ("refused", "refused", 4 * count)]:
        with build.serving() as broker:
            answer, spent = broker.measure(
                "requests", records, clients=PARTITIONS, request=request, acks="all",
                value_bytes=LARGE_BYTES)
        megabytes = LARGE_BYTES / 1e6
        what = f"requests of {megabytes:g} MB, {name}"
        figures += [speed(what, answer["requests_per_second"] * megabytes, "MB/s"),
                    cost(f"{what}: processor", spent / (answer["all_requests"] * megabytes),
                         "µs/MB", 1)]
    return figures


def connections(build, count):
    """Each has said hello once, as every client does, and is silent from then on. The program's
    own pages are left out: how many of them are resident is the page cache's affair."""
    with build.serving(f"max.connections.per.ip={count + 100}") as broker:
        for connection in greeted(broker, 50):  # what the first ones cost is not the others'
            connection.close()
        broker.rest()
        before = broker.memory("RssAnon")
        opened = greeted(broker, count)
        broker.rest()
        after = broker.memory("RssAnon")
        for connection in opened:
            connection.close()
    return [cost("memory, nobody there", before, "KiB"),
            cost(f"memory of an idle connection, {count:,} of them", (after - before) / count,
                 "KiB", target=None, limit=2)]


def greeted(broker, count):
    opened = []
    for _ in range(count):
        connection = socket.create_connection(("127.0.0.1", broker.port), timeout=10)
        connection.sendall(HELLO)
        opened.append(connection)
    for connection in opened:
        assert connection.recv(4_096), "the broker closed a connection"
    return opened


def size(build):
    stripped = build.directory.with_suffix(".stripped")
    subprocess.run(["strip", "-o", stripped, build.binary], check=True)
    megabytes = stripped.stat().st_size / 1e6
    stripped.unlink()
    return [cost("program, stripped", megabytes, "MB", target=None, limit=14)]


#: Name → what one run of one build measures; `scale` divides the counts.
CELLS = {
    "produce-100": lambda build, scale: produce(build, 100, 4_000_000 // scale),
    "produce-1000": lambda build, scale: produce(build, 1_000, 800_000 // scale),
    "produce-idempotent": lambda build, scale: produce(
        build, 100, 4_000_000 // scale, ", idempotent", ["enable.idempotence=true"]),
    "produce-java": lambda build, scale: produce(
        build, 1_000, 300_000 // scale, ", batches of 16 KiB", JAVA),
    "produce-lz4": lambda build, scale: produce(
        build, 1_000, 800_000 // scale, ", lz4", ["compression.type=lz4"]),
    "end-to-end": lambda build, scale: end_to_end(build, 10_000 // scale),
    "small-commits": lambda build, scale: small_commits(build, 20),
    "consume": lambda build, scale: consume(build, 2_000_000 // scale),
    "reread-100": lambda build, scale: reread(build, 100, 3_000_000 // scale),
    "reread-1000": lambda build, scale: reread(build, 1_000, 600_000 // scale),
    "reread-lz4": lambda build, scale: reread(build, 1_000, 600_000 // scale, "lz4"),
    "latency": lambda build, scale: latency(build, 20_000 // scale),
    "commits": lambda build, scale: commits(build, 200_000 // scale),
    "requests": lambda build, scale: requests(build, 600_000 // scale),
    "large-requests": lambda build, scale: large_requests(build, 400 // scale),
    "connections": lambda build, scale: connections(build, IDLE_CONNECTIONS),
    "size": lambda build, scale: size(build),
}


def allow_many_descriptors():
    """For the idle connections, in this process and in the brokers that it starts."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


#: What of them can be asked of Apache Kafka as well.
OF_KAFKA = ["produce-100", "produce-1000", "produce-idempotent", "produce-java", "produce-lz4",
            "reread-100", "reread-1000", "reread-lz4", "latency", "end-to-end"]


def compare(before, after, directory, names, rounds, scale):
    """The rows of the cells `names`; a ratio is `after` to `before`, which may be a build of another kind."""
    allow_many_descriptors()
    if isinstance(before, pathlib.Path):
        before = Build(before, directory / "before")
    builds = {"before": before, "after": Build(after, directory / "after")}
    pairs = {}
    for number in range(rounds):
        order = ["before", "after"] if number % 2 == 0 else ["after", "before"]
        for name in names:
            say(f"round {number + 1} of {rounds}: {name} …")
            found = {which: CELLS[name](builds[which], scale) for which in order}
            for new, old in zip(found["after"], found["before"]):
                pairs.setdefault(new.what, (new, []))[1].append((new.value, old.value))
    return [Row.of(figure.what, values, figure.unit, figure.target, figure.limit,
                   figure.more_is_better)
            for figure, values in pairs.values()]


def clean_build_seconds():
    """How long a release build takes where nothing has been built before."""
    scratch = TOOLS / "clean-build"
    shutil.rmtree(scratch, ignore_errors=True)
    began = time.monotonic()
    subprocess.run(
        ["swift", "build", "--scratch-path", scratch, "-c", "release", "--product", "acta",
         "--static-swift-stdlib"],
        cwd=REPOSITORY, stdin=subprocess.DEVNULL, stdout=sys.stderr, check=True)
    seconds = time.monotonic() - began
    shutil.rmtree(scratch)
    return round(seconds)


def readable(value):
    """Three digits at least, as many as it takes before the point."""
    decimals = 0 if value >= 100 else 1 if value >= 10 else 2 if value >= 1 else 3
    return f"{value:,.{decimals}f}"


def print_table(facts, rows):
    """In Markdown, as README has it."""
    for name, value in facts.items():
        print(f"{name}: {value}")
    print("\n| what | before | after | | ratio | lowest to highest | wanted | |")
    print("|---|--:|--:|---|--:|--:|---|---|")
    for row in rows:
        verdict = "" if not row.wanted else "yes" if row.ok else "**no**"
        cells = [row.what, readable(row.reference), readable(row.figure), row.unit,
                 f"{row.ratio:.2f}", f"{row.lowest:.2f} to {row.highest:.2f}", row.wanted, verdict]
        print(f"| {' | '.join(cells)} |")
