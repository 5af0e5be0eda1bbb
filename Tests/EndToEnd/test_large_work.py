"""Nobody waits behind somebody else's large work: another client's small requests go on meanwhile."""

import gzip
import random
import struct
import threading
import time

import confluent_kafka.admin
import pytest

import wire
from clients import create_topic

#: What one record may take while others are at large work; tests share their machine. It was 5 to 36.
PATIENCE_SECONDS = 1
#: The 99th percentile beside changes of the catalog: twice what is wanted of a machine with nothing else
#: to do, where it is 1 to 20 ms.
CATALOG_PATIENCE_SECONDS = 0.1
#: The work's effects are counted as well: slices that come after its answer.
AFTERWARDS_SECONDS = 0.5
COMPRESSED_GZIP = 1


class Beside:
    """A client that produces one record after the other, and how long each took."""

    def __init__(self, broker, topic="beside"):
        create_topic(broker.bootstrap, topic)
        self.batch = wire.batch([b"small"])
        self.topic = topic
        self.connection = wire.Connection(broker.port)
        self.seconds = []
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self.run)

    def run(self):
        while not self.stopping.is_set():
            began = time.monotonic()
            code, _ = self.connection.produce(self.topic, self.batch)
            assert code == 0
            self.seconds.append(time.monotonic() - began)

    def __enter__(self):
        self.connection.produce(self.topic, self.batch)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        self.thread.join()
        self.connection.socket.close()

    def check(self):
        assert self.seconds
        # One in ten may meet a large batch that is being written, or another test.
        assert sorted(self.seconds)[len(self.seconds) * 9 // 10] < PATIENCE_SECONDS

    def p99(self):
        return sorted(self.seconds)[len(self.seconds) * 99 // 100]


def admin(broker):
    return confluent_kafka.admin.AdminClient({"bootstrap.servers": broker.bootstrap})


def create(broker, *topics, timeout=60):
    """Topics as (name, partitions)."""
    new = [confluent_kafka.admin.NewTopic(name, count, 1) for name, count in topics]
    done(admin(broker), "create_topics", new, timeout)


def done(client, call, what, timeout=60):
    """Waits for all of an administrator's call; the client must live as long."""
    for future in getattr(client, call)(what, request_timeout=timeout).values():
        future.result(timeout)


def partition_counts(broker):
    topics = admin(broker).list_topics(timeout=20).topics
    return {name: len(topic.partitions) for name, topic in topics.items()}


def gzip_batch(record_bytes):
    """A batch of one record of zeros, which gzip makes a thousandth of."""
    records = gzip.compress(wire.record(0, None, bytes(record_bytes)), 9)
    checked = struct.pack(
        ">hiqqqhii", COMPRESSED_GZIP, 0, 1_700_000_000_000, 1_700_000_000_000, -1, -1, -1, 1)
    checked += records
    return struct.pack(
        ">qiibI", 0, 4 + 1 + 4 + len(checked), -1, 2, wire.crc32c(checked)) + checked


def produce_many(topic, batches, correlation=7):
    """A Produce of one batch for each partition from 0."""
    body = struct.pack(">hhii", -1, -1, 60_000, 1) + wire.string(topic)
    body += struct.pack(">i", len(batches))
    for partition, records in enumerate(batches):
        body += struct.pack(">ii", partition, len(records)) + records
    return wire.request(wire.PRODUCE, 3, body, correlation)


def produced(answer, topic):
    """Error codes and offsets of a Produce v3's answer."""
    position = 4 + 4 + 2 + len(topic)
    [count] = struct.unpack_from(">i", answer, position)
    rows = [struct.unpack_from(">ihqq", answer, position + 4 + 22 * n) for n in range(count)]
    return [(code, offset) for _, code, offset, _ in rows]


def until_freed(broker):
    """Waits until nothing is left of deleted topics."""
    deadline = time.monotonic() + 60
    while broker.scalar("SELECT count(*) FROM deleted_partitions"):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def fill(broker, topic, count):
    """Gives each partition a record."""
    with wire.Connection(broker.port) as connection:
        connection.socket.settimeout(60)
        connection.send(produce_many(topic, [wire.batch([b"first"])] * count))
        assert produced(connection.receive(), topic) == [(0, 0)] * count


def metadata(broker, names):
    body = struct.pack(">i", len(names)) + b"".join(wire.string(name) for name in names) + b"\1"
    with wire.Connection(broker.port) as connection:
        connection.socket.settimeout(60)
        connection.send(wire.request(wire.METADATA, 4, body))
        connection.receive()


def test_catalog_work_beside_a_producer(own_broker):
    """Each change of the catalog, and what one record after the other takes meanwhile."""
    broker = own_broker()
    client = admin(broker)
    create(broker, ("narrow", 10), ("full", 2_500))
    fill(broker, "full", 2_500)
    work = {
        "create 10,000 partitions": lambda: create(broker, ("wide", 10_000)),
        "delete them": lambda: done(client, "delete_topics", ["wide"]),
        "grow to 10,000": lambda: done(
            client, "create_partitions", [confluent_kafka.admin.NewPartitions("narrow", 10_000)]),
        "delete 2,500 tables": lambda: done(client, "delete_topics", ["full"]),
        "3,000 new names": lambda: metadata(broker, [f"made-{n:04}" for n in range(3_000)]),
    }
    took = {}
    for number, (what, run) in enumerate(work.items()):
        with Beside(broker, f"beside-{number}") as beside:
            run()
            time.sleep(AFTERWARDS_SECONDS)
        took[what] = beside.p99()
    assert {what: seconds for what, seconds in took.items()
            if seconds >= CATALOG_PATIENCE_SECONDS} == {}, took
    assert broker.scalar("SELECT count(*) FROM messages WHERE topic = 'full'") == 0
    assert partition_counts(broker)["narrow"] == 10_000


def test_ten_thousand_partitions(own_broker):
    broker = own_broker()
    with Beside(broker) as beside:
        began = time.monotonic()
        create(broker, ("wide", 10_000))
        assert time.monotonic() - began < 10
        assert partition_counts(broker)["wide"] == 10_000
        growth = confluent_kafka.admin.NewPartitions("wide", 15_000)
        done(admin(broker), "create_partitions", [growth])
        done(admin(broker), "delete_topics", ["wide"])
    beside.check()
    until_freed(broker)
    assert broker.scalar("SELECT count(*) FROM partitions") == 1


def test_first_records_of_many_partitions(own_broker):
    broker = own_broker()
    create(broker, ("wide", 1_000))
    with Beside(broker) as beside:
        fill(broker, "wide", 1_000)
    beside.check()
    assert broker.scalar("SELECT count(*) FROM topic_wide WHERE value = 'first'") == 1_000
    assert broker.scalar("SELECT count(*) FROM messages WHERE topic = 'wide'") == 1_000


class Transactor:
    """A producer of the first generation that takes 10,000 partitions into its transaction, all empty."""

    INIT, ADD, END, DESCRIBE = 22, 24, 26, 65

    def __init__(self, broker, topic, partitions=10_000):
        create(broker, (topic, partitions))
        self.connection = wire.Connection(broker.port)
        self.connection.socket.settimeout(120)
        answer = self.ask(self.INIT, 1, wire.string("tx") + struct.pack(">i", 60_000))
        _, code, *self.producer = struct.unpack_from(">ihqh", answer, 4)
        assert code == 0
        body = self.claim() + struct.pack(">i", 1) + wire.string(topic)
        body += struct.pack(f">i{partitions}i", partitions, *range(partitions))
        answer = self.ask(self.ADD, 2, body)
        first = 4 + 4 + 4 + 2 + len(topic) + 4
        assert set(struct.iter_unpack(">ih", answer[first:])) == {(n, 0) for n in range(partitions)}

    def ask(self, api, version, body):
        self.connection.send(wire.request(api, version, body))
        return self.connection.receive()

    def claim(self):
        return wire.string("tx") + struct.pack(">qh", *self.producer)

    def end(self):
        answer = self.ask(self.END, 2, self.claim() + b"\1")
        assert struct.unpack_from(">ih", answer, 4) == (0, 0)

    def describe(self, times):
        """A flexible request; how large the answer is."""
        size = times + 1
        count = bytearray()
        while size > 0x7F:
            count.append(size & 0x7F | 0x80)
            size >>= 7
        count.append(size)
        return len(self.ask(self.DESCRIBE, 0, b"\0" + bytes(count) + b"\3tx" * times + b"\0"))


def test_a_transaction_of_many_empty_partitions(own_broker):
    """Its markers need no tables; they come with the first records, a few in a turn."""
    broker = own_broker()
    transactor = Transactor(broker, "wide")
    with Beside(broker) as beside:
        began = time.monotonic()
        transactor.end()
        took = time.monotonic() - began
    assert max(beside.seconds) < PATIENCE_SECONDS
    assert took < 2 * PATIENCE_SECONDS
    markers = "SELECT count(*) FROM batches WHERE control_records IS NOT NULL"
    assert broker.scalar(markers) == 10_000
    tables = "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name GLOB 'records_*'"
    assert broker.scalar(tables) == 1
    assert partition_counts(broker)["wide"] == 10_000
    done(admin(broker), "delete_topics", ["wide"])
    until_freed(broker)
    assert broker.scalar(markers) == 0


def test_a_large_transaction_that_is_described_very_often(own_broker):
    broker = own_broker()
    transactor = Transactor(broker, "wide")
    with Beside(broker) as beside:
        assert transactor.describe(99_000) > 1_000_000
    assert max(beside.seconds) < PATIENCE_SECONDS


def test_auto_creation_ends_with_its_client(own_broker):
    broker = own_broker()
    names = [f"made-{n:05}" for n in range(9_000)]
    body = struct.pack(">i", len(names)) + b"".join(wire.string(name) for name in names) + b"\1"
    with Beside(broker) as beside:
        with wire.Connection(broker.port) as connection:
            connection.send(wire.request(wire.METADATA, 4, body))
            deadline = time.monotonic() + 30
            # One is that of the small records.
            while broker.scalar("SELECT count(*) FROM topics") <= 1:
                assert time.monotonic() < deadline
        count = None
        while count != (count := broker.scalar("SELECT count(*) FROM topics")):
            assert time.monotonic() < deadline
            time.sleep(0.5)
    beside.check()
    assert count < len(names)


@pytest.mark.parametrize("what", ["create", "grow", "delete"])
def test_kill_in_the_middle(own_broker, what):
    """A topic is there with all its partitions, as it was before, or not at all."""
    broker = own_broker()
    before, after = {"create": (0, 6_000), "grow": (10, 6_000), "delete": (6_000, 0)}[what]
    seen = set()
    for cycle in range(6):
        topic = f"t{cycle}"
        if before:
            create(broker, (topic, before))
        client = admin(broker)
        client.list_topics(timeout=20)
        if what == "create":
            client.create_topics([confluent_kafka.admin.NewTopic(topic, after, 1)])
        elif what == "grow":
            client.create_partitions([confluent_kafka.admin.NewPartitions(topic, after)])
        else:
            client.delete_topics([topic])
        time.sleep(random.uniform(0, 0.15))
        broker.kill9()
        broker.start()
        count = partition_counts(broker).get(topic, 0)
        until_freed(broker)
        assert count in (before, after)
        seen.add(count)
        rows = broker.scalar(
            "SELECT count(*) FROM partitions JOIN topics AS t ON t.id = topic_id"
            f" WHERE t.name = '{topic}'")
        assert rows == count
        assert broker.sql("PRAGMA foreign_key_check") == []
        if count:
            with wire.Connection(broker.port) as connection:
                code, _ = connection.produce(topic, wire.batch([b"x"]), partition=count - 1)
                assert code == 0
            assert broker.scalar(f"SELECT count(*) FROM topic_{topic}") == 1
            done(admin(broker), "delete_topics", [topic])
    assert seen


def test_batches_that_unpack_to_much_more(own_broker):
    """All are stored, one after the other, while others go on and memory stays bounded."""
    broker = own_broker()
    bomb = gzip_batch(16_000_000)
    assert len(bomb) < 20_000
    create(broker, ("bombs", 16))
    connections = [wire.Connection(broker.port) for _ in range(8)]
    with Beside(broker) as beside:
        for connection in connections:
            connection.socket.settimeout(120)
            connection.send(wire.produce_request("bombs", bomb, partition=0, correlation=7))
            connection.send(produce_many("bombs", [bomb] * 2))
        most = 0
        for connection in connections:
            for _ in range(2):
                assert {code for code, _ in produced(connection.receive(), "bombs")} == {0}
                most = max(most, broker.memory())
    for connection in connections:
        connection.socket.close()
    # KiB; unpacked at once, the batches would be as many.
    assert most < 400 << 10
    beside.check()
    assert broker.scalar("SELECT count(*) FROM messages_1 WHERE topic = 'bombs'") == 24


def test_a_hundred_large_records_in_one_request(own_broker):
    broker = own_broker()
    create(broker, ("wide", 100))
    batch = gzip_batch(960_000)
    with wire.Connection(broker.port) as connection:
        connection.socket.settimeout(60)
        connection.send(produce_many("wide", [batch] * 100))
        assert produced(connection.receive(), "wide") == [(0, 0)] * 100
