"""How long a change of a configuration takes until it is in force."""

import sqlite3
import struct
import time

from measuring import client
from wire import Connection, batch, request, string

INCREMENTAL_ALTER_CONFIGS = 44
TOPIC, SET = 2, 0
NAME = "max.message.bytes"
SMALL, LARGE = 200, 1_000_000
TOO_LARGE = 10
CHANGES = 100


def measure(bench):
    broker = bench.broker(1)
    # Makes the topic.
    client("produce", "altered", 10, broker.bootstrap)
    for what, change, wanted in [("the protocol", through_protocol, 10), ("SQL", through_sql, 1_000)]:
        pairs = []
        for _ in range(bench.pairs):
            times = sorted(change(broker, "altered", bench.records(CHANGES)))
            pairs.append((times[len(times) * 99 // 100] * 1e3, times[len(times) // 2] * 1e3))
        bench.add(f"a topic's configuration changed by {what} is in force, p99 (p50)", pairs, "ms",
                  limit=wanted, more_is_better=False)
    bench.discard(broker)


def through_protocol(broker, topic, count):
    """From the request until a produce is judged by what it has set."""
    with Connection(broker.port) as admin, Connection(broker.port) as producer:
        for number in range(count):
            value = (SMALL, LARGE)[number % 2]
            began = time.monotonic()
            alter(admin, topic, value)
            until(producer, topic, value)
            yield time.monotonic() - began


def through_sql(broker, topic, count):
    """From the commit until a produce is judged by it."""
    database = sqlite3.connect(broker.data, isolation_level=None)
    database.execute("PRAGMA wal_autocheckpoint = 0")
    with Connection(broker.port) as producer:
        for number in range(count):
            value = (SMALL, LARGE)[number % 2]
            database.execute(
                "REPLACE INTO config_overrides(entity_type, entity_name, name, value)"
                " VALUES ('topic', ?, ?, ?)", (topic, NAME, str(value)))
            began = time.monotonic()
            until(producer, topic, value)
            yield time.monotonic() - began
    database.close()


def alter(connection, topic, value):
    body = struct.pack(">ib", 1, TOPIC) + string(topic) + struct.pack(">i", 1) + string(NAME)
    body += struct.pack(">b", SET) + string(str(value)) + b"\0"
    connection.send(request(INCREMENTAL_ALTER_CONFIGS, 0, body))
    _, _, _, error = struct.unpack_from(">iiih", connection.receive())
    assert error == 0, error


def until(connection, topic, value):
    """Produces until a record of 500 bytes is refused or taken, as `value` says."""
    record = batch([b"x" * 500])
    while True:
        error, _ = connection.produce(topic, record)
        assert error in (0, TOO_LARGE), error
        if (error == TOO_LARGE) == (value == SMALL):
            return
