"""The exercise of a Kafka course: 2,000 lines with keys through kcat, read back by every client."""

import collections

import pytest

from clients import CLIENTS, Record, create_topic, kcat
from partitioner import java_partition, librdkafka_partition

LINES = 2_000
PARTITIONS = 3
#: Key and value of line N, as `kcat -K:` splits it.
EXPECTED = {
    str(n).encode(): f"test key message sent test00000000000000 {n}".encode()
    for n in range(1, LINES + 1)
}


@pytest.fixture(scope="module")
def exercise(shared_broker, tmp_path_factory):
    """The topic, filled from the file."""
    lines = tmp_path_factory.mktemp("exercise") / "messages.txt"
    lines.write_bytes(b"".join(key + b":" + value + b"\n" for key, value in EXPECTED.items()))
    name = create_topic(shared_broker.bootstrap, "exercise", PARTITIONS)
    kcat(shared_broker.bootstrap, "-P", "-t", name, "-K:", "-l", str(lines))
    return name, lines


def check(rows):
    """`rows` are (partition, offset, key, value): every line once, by key in its partition."""
    assert len(rows) == LINES
    assert {key: value for _, _, key, value in rows} == EXPECTED
    offsets = collections.defaultdict(list)
    for partition, offset, key, _ in rows:
        assert partition == librdkafka_partition(key, PARTITIONS), key
        offsets[partition].append(offset)
    for partition, found in offsets.items():
        assert found == list(range(len(found))), f"offsets of partition {partition} have gaps"
    for partition in range(PARTITIONS):
        keys = [int(key) for p, _, key, _ in rows if p == partition]
        assert keys == sorted(keys), f"partition {partition} is not in the order it was sent"


@pytest.mark.parametrize("client", CLIENTS, ids=lambda c: c.name)
def test_every_line_comes_back_by(broker, exercise, client):
    name, _ = exercise
    records = client.consume(broker.bootstrap, name, LINES, partitions=range(PARTITIONS))
    check([(r.partition, r.offset, r.key, r.value) for r in records])


def test_every_line_comes_back_by_kcat(broker, exercise):
    name, _ = exercise
    text = kcat(broker.bootstrap, "-C", "-t", name, "-e", "-q", "-f", "%p %o %k:%s\n")
    rows = []
    for line in text.splitlines():
        place, _, value = line.partition(":")
        partition, offset, key = place.split()
        rows.append((int(partition), int(offset), key.encode(), value.encode()))
    check(sorted(rows))


def test_sqlite3_counts_the_lines(broker, exercise):
    name, _ = exercise
    rows = broker.sql(
        f"select partition, \"offset\", key, value from messages where topic = '{name}'"
        " order by partition, \"offset\"")
    check([(r["partition"], r["offset"], r["key"].encode(), r["value"].encode()) for r in rows])


def test_the_same_key_twice_goes_to_one_partition(broker, topic):
    create_topic(broker.bootstrap, topic, PARTITIONS)
    lines = b"".join(b"key-%d:value\n" % (n % 20) for n in range(400))
    kcat(broker.bootstrap, "-P", "-t", topic, "-K:", stdin=lines)
    rows = broker.sql(
        f"select key, count(distinct partition) places, count(*) n from messages"
        f" where topic = '{topic}' group by key")
    assert [(r["places"], r["n"]) for r in rows] == [(1, 20)] * 20


def test_murmur2_random_places_keys_as_java_clients_do(broker, exercise, topic):
    _, lines = exercise
    create_topic(broker.bootstrap, topic, PARTITIONS)
    kcat(broker.bootstrap, "-P", "-t", topic, "-K:", "-X", "partitioner=murmur2_random",
         "-l", str(lines))
    rows = broker.sql(f"select partition, key from messages where topic = '{topic}'")
    assert len(rows) == LINES
    for row in rows:
        assert row["partition"] == java_partition(row["key"].encode(), PARTITIONS), row


@pytest.mark.parametrize("client", CLIENTS[1:], ids=lambda c: c.name)
def test_the_partitioner_of_python_clients_is_that_of_java(broker, topic, client):
    create_topic(broker.bootstrap, topic, PARTITIONS)
    records = [Record(f"key-{n}".encode(), b"v", partition=None) for n in range(100)]
    client.produce(broker.bootstrap, topic, records)
    rows = broker.sql(f"select partition, key from messages where topic = '{topic}'")
    assert len(rows) == 100
    for row in rows:
        assert row["partition"] == java_partition(row["key"].encode(), PARTITIONS), row
