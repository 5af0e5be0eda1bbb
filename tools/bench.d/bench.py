"""Measures Acta beside a reference, in the same minutes and on the same machine.

No figure stands alone: each is a ratio to something measured in this run, because the machine's
own speed changes from hour to hour. Runs alternate, the median pair counts.

    tools/bench                     everything; some ten minutes
    tools/bench --quick             a tenth of the records, to see whether it works
    tools/bench --only produce-100  one or some of: see MEASUREMENTS at the end
    tools/bench --compare BINARY    this build beside an earlier one: see CELLS in compare.py
"""

import argparse
import dataclasses
import json
import pathlib
import resource
import shutil
import sys
import time

from measuring import KEY_BYTES, PARTITIONS, REPOSITORY, TOOLS, Row, client, run, say, settings
from broker import Broker, binary  # the tests' own; it needs nothing but the standard library
import compaction
import compare
import configs
import neighbour
import retention

PYTHON = REPOSITORY / ".venv/bin/python"  # with the clients of the end-to-end suite
STORAGE_BENCH = REPOSITORY / ".build/release/ActaStorageBench"
SWIFT_CLIENT = REPOSITORY / ".build/release/ClientBench"
#: The first record's timestamp where look-ups need to know it; far enough back for 10 M records.
FIRST_TIMESTAMP = int(time.time() * 1000) - 24 * 3_600_000


def measured(measure, *arguments, **options):
    """What a program found, and the seconds of processor that it took."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    found = measure(*arguments, **options)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return found, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


class Bench:
    def __init__(self, directory, scale, rounds):
        self.directory = directory
        self.scale = scale
        self.pairs = rounds
        self.rows = []
        self.brokers = 0

    def records(self, count):
        return count // self.scale

    def broker(self, partitions=PARTITIONS):
        """A broker with an empty file. Topics are created by the first metadata request."""
        self.brokers += 1
        place = self.directory / f"broker-{self.brokers}"
        return Broker(place, [f"num.partitions={partitions}"]).start()

    def discard(self, broker):
        broker.close()
        shutil.rmtree(broker.directory)

    def add(self, what, pairs, unit, target=None, limit=None, more_is_better=True):
        row = Row.of(what, pairs, unit, target, limit, more_is_better)
        self.rows.append(row)
        say(f"  {what}: {row.ratio:.2f}")

    def produce(self, value_bytes, count, target):
        count = self.records(count)
        broker = self.broker()
        pairs = []
        for number in range(self.pairs):
            options = {"value_bytes": value_bytes, "acks": "all"}
            ours = client("produce", f"run-{number}", count, broker.bootstrap, **options)
            mock = client("produce", f"run-{number}", count, **options)
            pairs.append((ours["records_per_second"], mock["records_per_second"]))
        self.discard(broker)
        self.add(f"produce, acks=all, {value_bytes} B (mock)", pairs, "records/s", target)

    def consume(self):
        """From the tail cache, from the tables after a restart, and what the client could take."""
        # Not scaled: what the tail cache (64 MiB) and the mock (5 MB a partition) can both hold.
        count, partitions = 500_000, 16
        broker = self.broker(partitions)
        client("produce", "log", count, broker.bootstrap)
        ceilings, tails, colds = [], [], []
        for _ in range(self.pairs):
            tails.append(client("consume", "log", count, broker.bootstrap)["records_per_second"])
            ceiling = client("consume", "log", count, partitions=partitions)
            ceilings.append(ceiling["records_per_second"])
        for _ in range(self.pairs):
            broker.restart()
            colds.append(client("consume", "log", count, broker.bootstrap)["records_per_second"])
        self.discard(broker)
        self.add("consume, tail cache, 100 B (mock)", list(zip(tails, ceilings)), "records/s",
                 0.8, limit=1_000_000)
        self.add("consume, cold, 100 B (mock)", list(zip(colds, ceilings)), "records/s",
                 0.8, limit=500_000)

    def latency(self):
        count = self.records(20_000)
        broker = self.broker()
        halves = []
        for _ in range(self.pairs):
            ours = client("latency", "latency", count, broker.bootstrap, acks=1)
            halves.append((ours, client("latency", "latency", count, acks=1)))
        self.discard(broker)
        for name, target in [("p50", 4.0), ("p99", None)]:
            key = f"{name}_microseconds"
            pairs = [(ours[key], mock[key]) for ours, mock in halves]
            self.add(f"one in flight, acks=1, {name} (mock)", pairs, "µs", target,
                     more_is_better=False)

    def large_log(self):
        """Whether anything grows with the log: a large one beside one of a tenth of it."""
        large, small = self.records(10_000_000), self.records(1_000_000)
        broker = self.broker()
        idle = broker.memory()
        client("produce", "small", small, broker.bootstrap, first_timestamp=FIRST_TIMESTAMP)
        after_small = broker.memory("VmHWM")
        client("produce", "large", large, broker.bootstrap, first_timestamp=FIRST_TIMESTAMP)
        producing = broker.memory("VmHWM")

        broker.restart()
        catch_up = []
        for _ in range(3):
            seconds = [client("consume", name, count, broker.bootstrap)["seconds"] / count * 1e9
                       for name, count in [("large", large), ("small", small)]]
            catch_up.append(tuple(seconds))
        peak = max(producing, broker.memory("VmHWM"))

        look_ups = []
        for turn in range(3):
            medians = [
                client("lookup", name, count, broker.bootstrap, seed=turn + 1,
                       first_timestamp=FIRST_TIMESTAMP)["p50_microseconds"]
                for name, count in [("large", large), ("small", small)]]
            look_ups.append(tuple(medians))

        size = self.file_size(broker)
        self.discard(broker)
        raw = (large + small) * (100 + KEY_BYTES)
        many, few = f"{large / 1e6:g} M", f"{small / 1e6:g} M"
        self.add(f"catch-up from 0, {many} ({few})", catch_up, "ns/record", 1.1,
                 more_is_better=False)
        self.add(f"look-up by time in {many} ({few})", look_ups, "µs", limit=5_000,
                 more_is_better=False)
        resident = "resident memory"
        self.add(f"{resident}, idle (after {few})", [(idle, after_small)], "KiB",
                 limit=40 * 1024, more_is_better=False)
        self.add(f"{resident}, peak of {many} (after {few})", [(peak, after_small)], "KiB",
                 limit=200 * 1024, more_is_better=False)
        self.add("file bytes per record (key and value)",
                 [(size / (large + small), raw / (large + small))], "B", 1.4,
                 more_is_better=False)

    def neighbour(self):
        """What another application's commits into the same file cost, with many groups in it."""
        count, few = self.records(2_000_000), self.records(20_000)
        broker = self.broker()
        client("produce", "log", few, broker.bootstrap)
        neighbour.make_groups(broker.port, "log", self.records(10_000))
        runs = {True: [], False: []}
        rates = []
        for number in range(self.pairs):
            for beside in (True, False) if number % 2 == 0 else (False, True):
                if not beside:
                    runs[beside].append(self.produced_and_waited(broker, count, few))
                    continue
                with neighbour.neighbour(broker.data) as commits:
                    began, before = time.monotonic(), commits()
                    runs[beside].append(self.produced_and_waited(broker, count, few))
                    rates.append((commits() - before) / (time.monotonic() - began))
        self.discard(broker)
        pairs = list(zip(runs[True], runs[False]))
        who = "beside an application's commits"
        self.add(f"produce, acks=all, 100 B, {who} (without)",
                 [(ours[0], alone[0]) for ours, alone in pairs], "records/s", 0.9)
        for index, name in [(1, "p50"), (2, "p99")]:
            self.add(f"one in flight, acks=1, {name}, {who} (without)",
                     [(ours[index], alone[index]) for ours, alone in pairs], "µs",
                     more_is_better=False)
        self.add("the application's commits (wanted)", [(rate, neighbour.RATE) for rate in rates],
                 "commits/s", 0.9)

    def retention(self):
        """How fast records go, what others wait meanwhile, and how large the file is beside them."""
        for value_bytes, per_batch, count in [
                (1_000, 500, 1_000_000), (100, 500, 4_000_000), (100, 1, 200_000)]:
            count = self.records(count)
            rates, waits = [], []
            for _ in range(self.pairs):
                broker = self.broker(partitions=1)
                broker.overrides.append("log.retention.ms=-1")
                broker.restart()
                produced = client(
                    "produce", "old", count, broker.bootstrap, "--set",
                    f"batch.num.messages={per_batch}", value_bytes=value_bytes)
                rate, beside, alone = retention.delete_all(broker, "old", count)
                rates.append((rate, produced["records_per_second"]))
                waits.append((beside, alone))
                self.discard(broker)
            what = f"{value_bytes} B, {per_batch} in a batch"
            self.add(f"deleted by retention, {what} (produced)", rates, "records/s")
            self.add(f"one in flight, acks=all, p99, beside that (without)", waits, "µs", 2,
                     more_is_better=False)
        files = []
        for number in range(self.pairs):
            broker = self.broker(partitions=1)
            broker.overrides += [
                "log.retention.bytes=10000000", "log.retention.check.interval.ms=200"]
            broker.restart()
            file, live, series = retention.steady(
                broker, f"steady-{number}", self.records(1_000_000), 1_000)
            say(f"  seconds, file MB, live MB: "
                + " ".join(f"{t:g},{f / 1e6:.0f},{l / 1e6:.0f}" for t, f, l in series[::5]))
            files.append((file, live))
            self.discard(broker)
        self.add("file at most, 10 MB kept under full load (live at most)", files, "B",
                 more_is_better=False)

    @staticmethod
    def produced_and_waited(broker, count, few):
        produced = client("produce", "log", count, broker.bootstrap, acks="all")
        waited = client("latency", "log", few, broker.bootstrap, acks=1)
        return (produced["records_per_second"], waited["p50_microseconds"],
                waited["p99_microseconds"])

    @staticmethod
    def file_size(broker):
        code = broker.stop()
        if code != 0:
            sys.exit(f"acta exited with {code} on SIGTERM\n{broker.log()}")
        return sum(path.stat().st_size for path in broker.directory.glob("acta.db*"))

    def storage(self, value_bytes, count, target):
        count = self.records(count)
        pairs = []
        for _ in range(self.pairs):
            rates = []
            for program in (STORAGE_BENCH, TOOLS / "rows"):
                place = self.directory / "storage"
                place.mkdir()
                rates.append(run(program, place / "rows.db", count, value_bytes))
                shutil.rmtree(place)
            pairs.append(tuple(rate["records_per_second"] for rate in rates))
        self.add(f"storage append, {value_bytes} B (C loop)", pairs, "records/s", target)

    def commits(self):
        """Offsets committed by simple consumers; then what the audit trail costs of it."""
        broker = self.broker()
        runs = []
        for _ in range(self.pairs):
            run = {}
            for clients, count in [(1, self.records(2_000)), (50, self.records(20_000))]:
                options = {"clients": clients}
                run[clients] = (client("commits", "log", count, broker.bootstrap, **options),
                                client("commits", "log", count, **options))
            still = client("commits", "log", count, broker.bootstrap, "--unmoving", **options)
            run["history"] = run[50][0], still
            runs.append(run)
        self.discard(broker)
        for clients in (50, 1):
            who = f"commits, {clients} client" + "s" * (clients > 1)
            for key, name, unit in [("commits_per_second", "", "commits/s"),
                                    ("p50_microseconds", ", p50", "µs"),
                                    ("p99_microseconds", ", p99", "µs")]:
                pairs = [(ours[key], mock[key]) for ours, mock in (run[clients] for run in runs)]
                self.add(f"{who}{name} (mock)", pairs, unit, more_is_better=not name)
        pairs = [tuple(r["commits_per_second"] for r in run["history"]) for run in runs]
        self.add("commits that move, 50 clients (that do not)", pairs, "commits/s", 0.7)

    def transactions(self):
        """Transactions beside the same without; then what read_committed costs who reads them."""
        script = REPOSITORY / "tools/bench.d/transactions.py"
        broker = self.broker()
        runs = [run(PYTHON, script, broker.bootstrap, f"run-{number}", self.records(1_000))
                for number in range(self.pairs)]
        for key, name, unit in [("per_second", "", "transactions/s"),
                                ("p50_microseconds", ", p50", "µs"),
                                ("p99_microseconds", ", p99", "µs")]:
            pairs = [(found["with"][key], found["without"][key]) for found in runs]
            self.add(f"100 records over 8 partitions, positions, committed{name} (without transaction)",
                     pairs, unit, more_is_better=not name)
        count = self.records(1_000)
        run(PYTHON, script, broker.bootstrap, "log", count, "--fill", 1_000)
        pairs = []
        for _ in range(self.pairs):
            pairs.append(tuple(
                client("consume", "log", count * 1_000, broker.bootstrap, "--set",
                       f"isolation.level=read_{isolation}")["records_per_second"]
                for isolation in ("committed", "uncommitted")))
        self.discard(broker)
        self.add("consume, read_committed (read_uncommitted)", pairs, "records/s", 0.95)

    def swift_client(self):
        """The Swift client beside librdkafka, at the same broker in the same minutes; both promise the same."""
        idempotence = ("--set", "enable.idempotence=true")
        cells = [(100, 1_000_000, "none"), (100, 1_000_000, "lz4"), (1_000, 300_000, "none"),
                 (1_000, 300_000, "lz4")]
        for value_bytes, count, codec in cells:
            count = self.records(count)
            rates, processors = [], []
            for number in range(self.pairs):
                broker = self.broker()
                topic = f"run-{number}"
                theirs, spent = measured(
                    client, "produce", topic, count, broker.bootstrap, *idempotence, "--set",
                    f"compression.type={codec}", value_bytes=value_bytes, acks="all")
                ours, own = measured(
                    run, SWIFT_CLIENT, "produce", broker.bootstrap, topic, count, value_bytes, codec)
                self.discard(broker)
                rates.append((ours["records_per_second"], theirs["records_per_second"]))
                processors.append((own / count * 1e6, spent / count * 1e6))
            what = f"Swift client: produce, {value_bytes} B, {codec}"
            self.add(f"{what} (librdkafka)", rates, "records/s", 0.8)
            self.add(f"{what}: processor (librdkafka)", processors, "µs/record", 1.25,
                     more_is_better=False)
        broker = self.broker()
        count = self.records(2_000_000)
        client("produce", "log", count, broker.bootstrap)
        rates, waits = [], []
        for _ in range(self.pairs):
            theirs = client("consume", "log", count, broker.bootstrap)
            ours = run(SWIFT_CLIENT, "consume", broker.bootstrap, "log", count, PARTITIONS)
            rates.append((ours["records_per_second"], theirs["records_per_second"]))
            few = self.records(10_000)
            theirs = client("latency", "one", few, broker.bootstrap, *idempotence, acks="all")
            waits.append((run(SWIFT_CLIENT, "latency", broker.bootstrap, "one", few, 100), theirs))
        self.discard(broker)
        self.add("Swift client: consume, 100 B (librdkafka)", rates, "records/s", 0.8)
        for name in ("p50", "p99"):
            key = f"{name}_microseconds"
            self.add(f"Swift client: one awaited send, {name} (librdkafka)",
                     [(ours[key], theirs[key]) for ours, theirs in waits], "µs", 1.1,
                     more_is_better=False)

    def embedded(self):
        """The Swift client at a node in its own process, without a socket and over loopback."""
        for place in ("memory", "file"):
            for value_bytes, count in ((100, 1_000_000), (1_000, 300_000)):
                pairs = self.in_process(place, "produce", self.records(count), value_bytes)
                self.add(f"in process, {place}: produce, {value_bytes} B (over TCP)",
                         [tuple(each["records_per_second"] for each in pair) for pair in pairs],
                         "records/s", 2)
            pairs = self.in_process(place, "consume", self.records(2_000_000), PARTITIONS)
            self.add(f"in process, {place}: consume, 100 B (over TCP)",
                     [tuple(each["records_per_second"] for each in pair) for pair in pairs],
                     "records/s", 2)
            pairs = self.in_process(place, "latency", self.records(10_000), 100)
            for name in ("p50", "p99"):
                self.add(f"in process, {place}: one awaited send, {name} (over TCP)",
                         [tuple(each[f"{name}_microseconds"] for each in pair) for pair in pairs],
                         "µs", 0.5, more_is_better=False)

    def in_process(self, place, what, *arguments):
        """Pairs of what the program says, without a socket and with."""
        pairs = []
        for number in range(self.pairs):
            pair = []
            for way in ("", "+tcp"):
                path = self.directory / f"embedded-{what}-{number}{way}"
                path.mkdir()
                broker = place + way + (f":{path}/acta.db" if place == "file" else "")
                pair.append(run(SWIFT_CLIENT, what, broker, "log", *arguments))
                shutil.rmtree(path)
            pairs.append(pair)
        return pairs

    def groups(self):
        self.commits()
        repeats = 2 if self.scale > 1 else 5
        found = run(PYTHON, REPOSITORY / "tools/bench.d/rebalance.py",
                    self.directory / "rebalance", repeats)
        heartbeat = found["heartbeat_milliseconds"]
        for flavour, times in found["groups"].items():
            for what, milliseconds in times.items():
                self.add(f"{flavour}: {what} (heartbeat interval)",
                         [(time, heartbeat) for time in milliseconds], "ms", 4,
                         more_is_better=False)


MEASUREMENTS = {
    "produce-100": lambda bench: bench.produce(100, 2_000_000, 0.5),
    "produce-1000": lambda bench: bench.produce(1_000, 500_000, 0.5),
    "consume": Bench.consume,
    "latency": Bench.latency,
    "storage-100": lambda bench: bench.storage(100, 2_000_000, 0.75),
    "storage-1000": lambda bench: bench.storage(1_000, 500_000, 0.75),
    "groups": Bench.groups,
    "transactions": Bench.transactions,
    "swift-client": Bench.swift_client,
    "embedded": Bench.embedded,
    "large-log": Bench.large_log,
    "neighbour": Bench.neighbour,
    "retention": Bench.retention,
    "compaction": compaction.measure,
    "configs": configs.measure,
}


def print_table(facts, rows):
    for name, value in facts.items():
        print(f"{name}: {value}")
    heads = ["what (reference)", "figure", "reference", "unit", "ratio", "target", "ok"]
    lines = [[
        row.what, f"{row.figure:,.0f}", f"{row.reference:,.0f}", row.unit, f"{row.ratio:.2f}",
        row.wanted,
        "yes" if row.ok else "NO",
    ] for row in rows]
    widths = [max(len(line[i]) for line in [heads, *lines]) for i in range(len(heads))]
    print()
    for line in [heads, ["-" * width for width in widths], *lines]:
        cells = [cell.ljust(width) if index in (0, 3) else cell.rjust(width)
                 for index, (cell, width) in enumerate(zip(line, widths))]
        print("  ".join(cells).rstrip())


def measure(directory, names, rounds, scale):
    bench = Bench(directory, scale, rounds)
    for name in names:
        say(f"{name} …")
        MEASUREMENTS[name](bench)
    return bench.rows


def parse():
    parser = argparse.ArgumentParser(
        prog="tools/bench", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a tenth of the records")
    parser.add_argument("--json", default="bench.json", help="where the figures go")
    parser.add_argument("--directory", type=pathlib.Path, default=TOOLS / "data",
                        help="where the data files are while it runs; a disk, not memory")
    parser.add_argument("--rounds", type=int,
                        help="how often each is measured; 5, and 3 with --quick")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="some of the measurements")
    parser.add_argument("--compare", metavar="BINARY", type=pathlib.Path,
                        help="an earlier build, to be measured in turn with this one")
    parser.add_argument("--kafka", metavar="HOME", type=pathlib.Path,
                        help="Apache Kafka's distribution, to be measured in turn with this build; needs Java")
    parser.add_argument("--kafka-set", metavar="NAME=VALUE", action="append", default=[],
                        help="of its settings, such as log.flush.interval.messages=1")
    parser.add_argument("--build-time", action="store_true",
                        help="with --compare: also how long a clean release build takes")
    options = parser.parse_args()

    known = (compare.OF_KAFKA if options.kafka else
             compare.CELLS if options.compare else MEASUREMENTS)
    if options.kafka and options.compare:
        parser.error("--kafka and --compare are two runs")
    options.only = options.only or list(known)
    for name in options.only:
        if name not in known:
            parser.error(f"{name} is not measured; these are: {' '.join(known)}")
    if options.compare and not options.compare.is_file():
        parser.error(f"{options.compare} is not a file")
    if options.build_time and not options.compare:
        parser.error("--build-time goes with --compare")
    options.rounds = options.rounds or (3 if options.quick else 5)
    return options


def main():
    options = parse()
    shutil.rmtree(options.directory, ignore_errors=True)
    options.directory.mkdir(parents=True)
    facts = {}
    if options.build_time:
        facts["clean_build_seconds"] = compare.clean_build_seconds()
    began = time.monotonic()
    arguments = options.directory, options.only, options.rounds, 10 if options.quick else 1
    try:
        if options.kafka:
            import kafka  # with packages that no other measurement needs
            reference = kafka.Kafka(
                options.kafka, options.directory / "kafka", options.kafka_set)
            rows = compare.compare(reference, binary(), *arguments)
        elif options.compare:
            rows = compare.compare(options.compare, binary(), *arguments)
        else:
            rows = measure(*arguments)
    finally:
        for broker in list(Broker.running):
            broker.close()
        shutil.rmtree(options.directory, ignore_errors=True)

    facts = settings(options.quick) | facts
    facts |= {"rounds": options.rounds, "seconds": round(time.monotonic() - began)}
    (compare.print_table if options.compare or options.kafka else print_table)(facts, rows)
    report = facts | {"rows": [dataclasses.asdict(row) | {"ok": row.ok} for row in rows]}
    pathlib.Path(options.json).write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n")
    return 0 if all(row.ok for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
