"""Compaction: how fast it is, whether it keeps up, and what others notice of it."""

import sys
import threading
import time

from measuring import client

KEYS = 10_000
RATE = 50_000
#: A compacted topic whose newest part is small, and what has no pause.
TOPIC = ["num.partitions=1", "log.cleanup.policy=compact", "log.roll.ms=100"]
PAUSE = "log.cleaner.backoff.ms=100"


def stored(broker, topic):
    return broker.scalar(
        "select coalesce(sum(record_count), 0) from partitions as p join topics as t"
        f" on t.id = p.topic_id where t.name = '{topic}'")


def seconds_until(broker, topic, count, patience=300):
    began = time.monotonic()
    while stored(broker, topic) > count:
        if time.monotonic() - began > patience:
            sys.exit(f"{topic} has {stored(broker, topic)} records, {count} expected\n{broker.log()}")
        time.sleep(0.02)
    return time.monotonic() - began


def start(bench, *overrides):
    broker = bench.broker(1)
    broker.stop()
    broker.overrides = [*broker.overrides[:1], *TOPIC, PAUSE, *overrides]
    return broker.start()


def measure(bench):
    updates = bench.records(1_000_000)
    backlog(bench, updates)
    under_load(bench, updates)
    appends(bench, updates)


def backlog(bench, updates):
    """A log that nobody has compacted: of few keys, and of as many as records."""
    for what, keys in [(f"{KEYS:,} keys", KEYS), ("no key twice", 10_000_000)]:
        pairs = []
        for _ in range(bench.pairs):
            broker = start(bench, "log.cleaner.enable=false")
            produced = client("produce", "updates", updates, broker.bootstrap, keys=keys)
            broker.stop()
            broker.overrides[-1] = "log.cleaner.enable=true"
            broker.start()
            began = time.monotonic()
            done = f"select count(*) from compactions where first_dirty_offset >= {updates}"
            while broker.scalar(done) == 0:
                time.sleep(0.02)
            rate = updates / (time.monotonic() - began)
            pairs.append((rate, produced["records_per_second"]))
            bench.discard(broker)
        bench.add(f"compact {updates:,} records, {what} (produce)", pairs, "records/s")


def under_load(bench, updates):
    """Updates at a fixed rate, and beside them one record in flight, with and without compaction."""
    runs = {True: [], False: []}
    behind, kept = [], []
    for number in range(bench.pairs):
        for enabled in (True, False) if number % 2 == 0 else (False, True):
            broker = start(bench, f"log.cleaner.enable={str(enabled).lower()}")
            client("latency", "waits", 100, broker.bootstrap, acks="all")
            load = threading.Thread(target=client, args=("produce", "updates", updates),
                                    kwargs={"bootstrap": broker.bootstrap, "keys": KEYS, "rate": RATE})
            load.start()
            waits, most = [], 0
            while load.is_alive():
                waits.append(client("latency", "waits", 2_000, broker.bootstrap, acks="all"))
                most = max(most, stored(broker, "updates"))
            load.join()
            if enabled:
                # What is dirty may be as much as what is clean.
                behind.append(seconds_until(broker, "updates", 2 * KEYS + 1_000))
                kept.append(most)
            # The last one may have outlived the load.
            waits = waits[:-1] or waits
            runs[enabled].append((
                sum(w["p50_microseconds"] for w in waits) / len(waits),
                sum(w["p99_microseconds"] for w in waits) / len(waits)))
            bench.discard(broker)
    pairs = list(zip(runs[True], runs[False]))
    who = f"{RATE:,} updates/s of {KEYS:,} keys"
    for index, name in [(0, "p50"), (1, "p99")]:
        bench.add(f"one in flight, acks=all, {name}, beside {who}, compacted (not)",
                  [(ours[index], alone[index]) for ours, alone in pairs], "µs",
                  2.0 if name == "p99" else None, more_is_better=False)
    bench.add(f"most records stored beside {who} (sent)", [(most, updates) for most in kept],
              "records", more_is_better=False)
    bench.add("done behind the last update (the load's time)",
              [(s * 1e3, updates / RATE * 1e3) for s in behind], "ms", more_is_better=False)


def appends(bench, updates):
    """What a producer pays on a compacted topic where nothing is compacted yet."""
    pairs = []
    for _ in range(bench.pairs):
        rates = []
        for policy in ("compact", "delete"):
            broker = start(bench, f"log.cleanup.policy={policy}", "log.cleaner.enable=false")
            rates.append(
                client("produce", "log", 2 * updates, broker.bootstrap)["records_per_second"])
            bench.discard(broker)
        pairs.append(tuple(rates))
    bench.add("produce, acks=all, 100 B, compacted (deleted)", pairs, "records/s", 0.9)
