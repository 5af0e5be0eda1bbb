"""Compacted topics: the newest record of each key stays, through load, restarts and kills."""

import json
import random
import threading
import time

import confluent_kafka
import pytest

from broker import Broker
from clients import Confluent, KafkaPython, Record, create_topic, kcat_consume, retrying

#: So that compaction is always at work.
EAGER = ["log.cleaner.backoff.ms=50", "log.retention.check.interval.ms=100"]
COMPACTED = {"cleanup_policy": "compact", "segment_ms": 50, "min_cleanable_dirty_ratio": 0.01}
KILLS = 20


@pytest.fixture(scope="module")
def eager_broker(tmp_path_factory):
    broker = Broker(tmp_path_factory.mktemp("eager"), EAGER).start()
    yield broker
    assert broker.stop() == 0, broker.log()
    broker.close()


def count(broker, topic):
    return broker.scalar(
        f"select sum(record_count) from partitions as p join topics as t on t.id = p.topic_id"
        f" where t.name = '{topic}'")


def wait_for_count(broker, topic, wanted, seconds=20):
    assert retrying(seconds, lambda: count(broker, topic) == wanted), count(broker, topic)


def replay(bootstrap, topic, partitions=(0,), offset=0):
    """Everything up to the log's end, as an application reads it that keeps a table of it."""
    consumer = Confluent.consumer(bootstrap, **{"enable.partition.eof": True})
    consumer.assign([confluent_kafka.TopicPartition(topic, p, offset) for p in partitions])
    found, ends = [], set()
    deadline = time.monotonic() + 20
    try:
        while len(ends) < len(partitions):
            assert time.monotonic() < deadline, f"{len(found)} records, ends of {ends}"
            message = consumer.poll(0.2)
            if message is None:
                continue
            if message.error() is None:
                found.append(Record(message.key(), message.value(), partition=message.partition(),
                                    offset=message.offset()))
            elif message.error().code() == confluent_kafka.KafkaError._PARTITION_EOF:
                ends.add(message.partition())
            else:
                raise confluent_kafka.KafkaException(message.error())
        for position in consumer.position(
                [confluent_kafka.TopicPartition(topic, p) for p in partitions]):
            low, high = consumer.get_watermark_offsets(position)
            assert position.offset in (high, -1001), (position, low, high)
    finally:
        consumer.close()
    return found


def test_under_load_each_key_ends_with_its_last_value(eager_broker):
    broker, topic = eager_broker, "under-load"
    create_topic(broker.bootstrap, topic, 3, **COMPACTED)
    chance = random.Random(1)
    newest, records = {}, []
    for number in range(30_000):
        key = chance.randrange(300)
        records.append(Record(b"key %d" % key, b"%d" % number, partition=key % 3))
    beside = {}
    done = threading.Event()

    def read_along():
        # A table that is kept from the beginning, while it is written to and compacted.
        consumer = Confluent.consumer(broker.bootstrap)
        consumer.assign([confluent_kafka.TopicPartition(topic, p, 0) for p in range(3)])
        last = time.monotonic()
        while not done.is_set() or time.monotonic() - last < 1:
            for message in consumer.consume(1_000, 0.1):
                assert message.error() is None
                beside[message.key()] = (message.value(), message.partition(), message.offset())
                last = time.monotonic()
        consumer.close()

    reader = threading.Thread(target=read_along)
    reader.start()
    try:
        for start in range(0, len(records), 5_000):
            sent = Confluent.produce(
                broker.bootstrap, topic, records[start:start + 5_000], idempotence=True)
            for record in sent:
                newest[record.key] = (record.value, record.partition, record.offset)
    finally:
        done.set()
        reader.join()
    wait_for_count(broker, topic, len(newest))
    assert beside == newest
    found = replay(broker.bootstrap, topic, range(3))
    assert {r.key: (r.value, r.partition, r.offset) for r in found} == newest
    assert len(found) == len(newest)
    by_kcat = kcat_consume(broker.bootstrap, topic)
    assert {m["key"].encode(): (m["payload"].encode(), m["partition"], m["offset"])
            for m in by_kcat} == newest
    by_python = KafkaPython.consume(broker.bootstrap, topic, len(newest), partitions=range(3))
    assert {r.key: (r.value, r.partition, r.offset) for r in by_python} == newest
    assert broker.scalar(f'select count(*) from "topic_{topic}"') == len(newest)
    assert broker.sql(
        "select sum(records) as records, sum(bytes) as bytes, sum(log_end_offset) as ends"
        f" from topic_sizes where topic = '{topic}'")[0] | {"bytes": 0} == {
            "records": len(newest), "bytes": 0, "ends": len(records)}


def test_a_tombstone_is_seen_and_then_goes(eager_broker):
    broker, topic = eager_broker, "tombstones"
    create_topic(broker.bootstrap, topic, delete_retention_ms=1_500, **COMPACTED)
    Confluent.produce(broker.bootstrap, topic, [
        Record(b"gone", b"1"), Record(b"stays", b"1"), Record(b"gone", None), Record(b"last", b"1")])
    wait_for_count(broker, topic, 3)
    assert [(r.key, r.value) for r in replay(broker.bootstrap, topic)] == [
        (b"stays", b"1"), (b"gone", None), (b"last", b"1")]
    wait_for_count(broker, topic, 2)
    found = replay(broker.bootstrap, topic)
    assert [(r.key, r.offset) for r in found] == [(b"stays", 1), (b"last", 3)]
    # From inside a gap.
    assert [r.offset for r in replay(broker.bootstrap, topic, offset=2)] == [3]


def test_a_registry_of_schemas_is_replayed_after_compaction(eager_broker):
    """As Karapace keeps its topic: keys in JSON, deletions, and a reader that waits for the last record."""
    broker, topic = eager_broker, "_schemas"
    create_topic(broker.bootstrap, topic, **COMPACTED)

    def key(kind, **fields):
        return json.dumps({"keytype": kind, **fields, "magic": 1}).encode()

    records, state = [], {}
    chance = random.Random(2)
    for number in range(400):
        subject = f"subject-{chance.randrange(10)}"
        name = chance.choice([
            key("SCHEMA", subject=subject, version=chance.randrange(3)),
            key("CONFIG", subject=subject), key("NOOP")])
        value = None if chance.random() < 0.1 else json.dumps({"id": number}).encode()
        records.append(Record(name, value))
        state[name] = value
    records.append(Record(key("DELETE_SUBJECT", subject="last"), None))
    state[records[-1].key] = None
    for start in range(0, len(records), 20):
        sent = Confluent.produce(broker.bootstrap, topic, records[start:start + 20])
    wait_for_count(broker, topic, len(state))
    broker.restart()
    found = replay(broker.bootstrap, topic)
    assert {r.key: r.value for r in found} == state
    assert found[-1].offset == sent[-1].offset


def test_compact_and_delete_go_together(eager_broker):
    broker, topic = eager_broker, "both"
    policy = COMPACTED | {"cleanup_policy": "compact,delete"}
    create_topic(broker.bootstrap, topic, retention_ms=60_000, **policy)
    old = int(time.time() * 1_000) - 120_000
    Confluent.produce(broker.bootstrap, topic, [
        Record(b"old %d" % n, b"x", timestamp=old) for n in range(10)])
    new = [Record(b"new %d" % (n % 5), b"%d" % n) for n in range(20)]
    Confluent.produce(broker.bootstrap, topic, new)
    wait_for_count(broker, topic, 5)
    found = replay(broker.bootstrap, topic, offset=10)
    assert [(r.key, r.offset) for r in found] == [(b"new %d" % n, 25 + n) for n in range(5)]
    assert broker.sql(f"select log_start_offset from topic_sizes where topic = '{topic}'") == [
        {"log_start_offset": 10}]


class Updates:
    """An idempotent producer that goes on over every restart, and the newest that it was told of each key."""

    def __init__(self, bootstrap, topic):
        self.topic = topic
        self.acknowledged = {}
        self.count = 0
        self.failures = []
        self.stopping = threading.Event()
        self.producer = Confluent.producer(bootstrap, idempotence=True, **{
            "linger.ms": 1, "batch.num.messages": 50, "queue.buffering.max.messages": 1_000,
            "message.timeout.ms": 120_000, "reconnect.backoff.ms": 20,
            "reconnect.backoff.max.ms": 100, "retry.backoff.ms": 20, "retry.backoff.max.ms": 100,
            "log_level": 2})
        self.thread = threading.Thread(target=self.run)

    def delivered(self, error, message):
        if error is not None:
            self.failures.append(error)
            return
        self.count += 1
        self.acknowledged[message.key()] = (message.offset(), message.value())

    def run(self):
        number = 0
        while not self.stopping.is_set():
            try:
                self.producer.produce(
                    self.topic, b"%d" % number, b"key %d" % (number * number % 211),
                    on_delivery=self.delivered)
                number += 1
                if number % 50 == 0:
                    self.producer.poll(0.002)
            except BufferError:
                self.producer.poll(0.01)
        assert self.producer.flush(60) == 0


def test_killed_while_it_compacts_nothing_newest_is_lost(tmp_path):
    chance = random.Random(seed := random.randrange(1 << 32))
    print(f"seed {seed}")
    broker = Broker(tmp_path / "killed", EAGER).start()
    topic = create_topic(broker.bootstrap, "killed", **COMPACTED)
    load = Updates(broker.bootstrap, topic)
    load.thread.start()
    try:
        for _ in range(KILLS):
            before = load.count
            assert retrying(15, lambda: load.count > before + 500 or load.failures)
            time.sleep(chance.uniform(0, 0.15))
            broker.kill9()
            broker.start()
        before = load.count
        assert retrying(15, lambda: load.count > before or load.failures)
    finally:
        load.stopping.set()
        load.thread.join()
    assert load.failures == []
    wait_for_count(broker, topic, len(load.acknowledged))
    found = replay(broker.bootstrap, topic)
    assert {r.key: r.value for r in found} == {k: v for k, (_, v) in load.acknowledged.items()}
    # Of a batch that had been written before it was sent again, the client does not learn the offset.
    places = {r.key: r.offset for r in found}
    assert {k: places[k] for k, (o, _) in load.acknowledged.items() if o >= 0} == {
        k: o for k, (o, _) in load.acknowledged.items() if o >= 0}
    assert broker.scalar("pragma integrity_check") == "ok"
    assert broker.sql(
        "select p.record_count - (select count(*) from messages) as records,"
        " p.size_bytes - (select sum(size_bytes) from batches) as bytes from partitions as p") == [
            {"records": 0, "bytes": 0}]
    broker.close()
