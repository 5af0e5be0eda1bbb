"""Retention and space: a topic keeps its bound under load, who falls behind is told and told of, a kill leaves
log and rows in step, and file and write-ahead log stay short.

`--long` runs load and readers for minutes in place of seconds.
"""

import os
import random
import sqlite3
import threading
import time

import confluent_kafka
import pytest

from broker import Broker
from clients import TIMEOUT_SECONDS, Confluent, Record, ask_admin, create_topic, retrying
from wire import Connection

MIB = 1 << 20
OFFSET_OUT_OF_RANGE = 1
CHECK = "log.retention.check.interval.ms=200"


class Load(threading.Thread):
    """Produces so many bytes a second until it is stopped."""

    def __init__(self, bootstrap, topic, bytes_per_second, value_bytes=1_000):
        super().__init__()
        self.topic = topic
        self.rate = bytes_per_second
        self.value = os.urandom(value_bytes)
        self.sent = 0
        self.acknowledged = 0
        self.errors = []
        self.stopping = threading.Event()
        self.producer = Confluent.producer(
            bootstrap, idempotence=True, **{
                "linger.ms": 20, "queue.buffering.max.messages": 20_000, "log_level": 2,
                "reconnect.backoff.ms": 20, "reconnect.backoff.max.ms": 100,
                "retry.backoff.ms": 20, "retry.backoff.max.ms": 100})

    def note(self, error, _):
        if error is None:
            self.acknowledged += 1
        else:
            self.errors.append(error)

    def run(self):
        began = time.monotonic()
        while not self.stopping.is_set() and not self.errors:
            due = (time.monotonic() - began) * self.rate / len(self.value)
            try:
                while self.sent < due:
                    self.producer.produce(self.topic, self.value, on_delivery=self.note)
                    self.sent += 1
                self.producer.poll(0.005)
            except BufferError:
                self.producer.poll(0.05)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, kind, *_):
        self.stopping.set()
        self.join()
        if kind is not None:  # the test has failed already, and the broker may be gone
            self.producer.purge()
        assert self.producer.flush(60) == 0, "records that were never answered"
        assert self.errors == []


def records(count):
    return [Record(None, b"%d" % n) for n in range(count)]


def storage(broker):
    [row] = broker.sql("select * from storage")
    return row


def log_bytes(broker):
    """The write-ahead log's file."""
    return broker.data.with_name("acta.db-wal").stat().st_size


def sizes(broker, topic):
    [row] = broker.sql(f"select * from topic_sizes where topic = '{topic}'")
    return row


def fill(broker, topic, mebibytes):
    """Large records, so that it does not take long."""
    producer = Confluent.producer(broker.bootstrap, **{"linger.ms": 0})
    for _ in range(mebibytes * 4):
        producer.produce(topic, os.urandom(MIB // 4))
        producer.poll(0)
    assert producer.flush(TIMEOUT_SECONDS) == 0


class TestBound:
    RATE = 8 * MIB
    BOUND = 10 * MIB

    def test_a_topic_keeps_its_bound_under_load_and_so_does_the_file(
            self, own_broker, topic, is_long):
        broker = own_broker(CHECK)
        create_topic(broker.bootstrap, topic, retention_bytes=self.BOUND, retention_ms=-1)
        live, files, logs = [], [], []
        with Load(broker.bootstrap, topic, self.RATE) as load:
            end = time.monotonic() + (120 if is_long else 20)
            while time.monotonic() < end:
                time.sleep(0.25)
                now = storage(broker)
                live.append(now["live_bytes"])
                files.append(now["file_bytes"])
                logs.append(log_bytes(broker))
        assert load.acknowledged * 1_000 > 5 * self.BOUND, "there was no load to speak of"
        # Between two passes comes what is produced in the meantime; a busy machine is given a second.
        assert max(live) < self.BOUND + 2 * self.RATE
        warm = len(files) // 3
        assert max(files[warm:]) < max(files[:warm]) + 8 * MIB
        assert max(files) < 8 * self.BOUND
        assert max(logs) <= 64 * MIB
        assert retrying(5, lambda: sizes(broker, topic)["bytes"] < self.BOUND + MIB)
        kept = sizes(broker, topic)
        # Not less than was asked for, and offsets go on.
        assert kept["bytes"] >= self.BOUND
        assert kept["log_end_offset"] == load.acknowledged
        assert kept["records"] == load.acknowledged - kept["log_start_offset"]
        assert broker.scalar("pragma integrity_check") == "ok"


class TestFallingBehind:
    def read(self, broker, topic, reset, group="behind"):
        """A consumer of the group; what it is given first, an error or an offset."""
        consumer = Confluent.consumer(
            broker.bootstrap, **{"group.id": group, "auto.offset.reset": reset})
        consumer.subscribe([topic])
        try:
            message = consumer.poll(TIMEOUT_SECONDS)
            assert message is not None
            return message.error().code() if message.error() else message.offset()
        finally:
            consumer.close()

    def commit(self, broker, topic, offset, group="behind"):
        consumer = Confluent.consumer(broker.bootstrap, **{"group.id": group})
        consumer.commit(
            offsets=[confluent_kafka.TopicPartition(topic, 0, offset)], asynchronous=False)
        consumer.close()

    def losses(self, broker, topic):
        return broker.sql(f"select * from loss_history where topic = '{topic}' order by id")

    def test_who_falls_behind_is_told_reset_and_told_of(self, own_broker, topic):
        broker = own_broker(CHECK)
        create_topic(broker.bootstrap, topic, retention_bytes=2_000_000, retention_ms=-1)
        Confluent.produce(broker.bootstrap, topic, records(100))
        self.commit(broker, topic, 40)
        self.commit(broker, topic, 100, group="abreast")
        # One after the other, so that the batches are small.
        with Load(broker.bootstrap, topic, 4 * MIB, value_bytes=10_000):
            assert retrying(
                TIMEOUT_SECONDS, lambda: sizes(broker, topic)["log_start_offset"] > 100)
        start = sizes(broker, topic)["log_start_offset"]
        with Connection(broker.port) as connection:
            assert connection.fetch(topic, 40)[0] == OFFSET_OUT_OF_RANGE
        lost = [row for row in self.losses(broker, topic) if row["group"] == "behind"]
        # A row a pass, without a gap between them and nothing told twice.
        assert lost[0]["first_offset"] == 40
        for before, after in zip(lost, lost[1:]):
            assert after["first_offset"] == before["last_offset"] + 1
        assert sum(row["records"] for row in lost) == lost[-1]["last_offset"] + 1 - 40
        assert {row["cause"] for row in lost} == {"retention"}
        assert {row["principal"] for row in lost} == {None}
        auto_offset_reset = confluent_kafka.KafkaError._AUTO_OFFSET_RESET
        assert self.read(broker, topic, "error") == auto_offset_reset
        found = self.read(broker, topic, "earliest")
        assert found >= start
        told = broker.scalar(
            """select sum(records) from loss_history where "group" = 'behind'""")
        assert told == found - 40

    def test_delete_records_says_whose_doing_it_was(self, broker, topic):
        create_topic(broker.bootstrap, topic)
        Confluent.produce(broker.bootstrap, topic, records(10))
        self.commit(broker, topic, 3, group=f"{topic}-slow")
        self.commit(broker, topic, 8, group=f"{topic}-fast")
        ask_admin(
            broker.bootstrap, "delete_records", [confluent_kafka.TopicPartition(topic, 0, 7)])
        [row] = self.losses(broker, topic)
        assert row["group"] == f"{topic}-slow"
        assert (row["records"], row["first_offset"], row["last_offset"]) == (4, 3, 6)
        assert row["cause"] == "DeleteRecords"
        assert row["client"] == "rdkafka"
        assert row["host"] == "/127.0.0.1"
        assert row["principal"] == "User:ANONYMOUS"
        assert row["client_software"] == "confluent-kafka-python"


class TestKill:
    KILLS = 20

    def test_a_kill_in_the_middle_of_retention_leaves_log_and_rows_in_step(self, tmp_path):
        seed = random.randrange(1 << 32)
        print(f"seed {seed}")
        chance = random.Random(seed)
        broker = Broker(
            tmp_path / "killed",
            ["log.retention.check.interval.ms=20", "log.retention.bytes=500000"]).start()
        create_topic(broker.bootstrap, "killed")
        try:
            starts = [0]
            with Load(broker.bootstrap, "killed", 16 * MIB, value_bytes=200) as load:
                for _ in range(self.KILLS):
                    assert retrying(
                        15, lambda: sizes(broker, "killed")["log_start_offset"] > starts[-1])
                    time.sleep(chance.uniform(0, 0.1))
                    broker.kill9()
                    self.assert_in_step(broker, starts)
                    broker.start()
            end = sizes(broker, "killed")["log_end_offset"]
            assert end == load.acknowledged
            assert broker.scalar("pragma integrity_check") == "ok"
        finally:
            broker.close()

    @staticmethod
    def assert_in_step(broker, starts):
        """What the killed broker has left, as the next start will find it."""
        database = sqlite3.connect(broker.data)
        [(partition, start, end, count, size)] = database.execute(
            "select id, log_start_offset, next_offset, record_count, size_bytes from partitions")
        assert start >= starts[-1]
        starts.append(start)
        first, last, rows = database.execute(
            f'select min("offset"), max("offset"), count(*) from records_{partition}').fetchone()
        assert (first, last, rows) == (start, end - 1, end - start)
        assert (count, size) == database.execute(
            "select sum(record_count), sum(size_bytes) from batches").fetchone()
        assert database.execute("select min(base_offset) from batches").fetchone() == (start,)
        database.close()


class TestSpace:
    def test_the_file_shrinks_after_retention_and_after_a_deletion(self, own_broker):
        broker = own_broker("log.retention.ms=-1")
        for name in ("kept", "deleted"):
            create_topic(broker.bootstrap, name)
            fill(broker, name, 100)
        # With what is still in the write-ahead log.
        full = storage(broker)["file_bytes"]
        assert full > 180 * MIB
        broker.overrides += [CHECK, "log.retention.bytes=1000000"]
        ask_admin(broker.bootstrap, "delete_topics", ["deleted"])
        # 64 MiB of what has become free are kept for the next records.
        assert retrying(TIMEOUT_SECONDS, lambda: broker.data.stat().st_size < full - 24 * MIB)
        broker.restart()
        assert retrying(TIMEOUT_SECONDS, lambda: broker.data.stat().st_size < 100 * MIB)
        assert retrying(5, lambda: storage(broker)["free_bytes"] < 66 * MIB)
        assert storage(broker)["live_bytes"] < 2 * MIB
        assert broker.scalar("pragma integrity_check") == "ok"

    def test_a_reader_that_holds_snapshots_does_not_make_file_and_log_grow_without_end(
            self, own_broker, topic, is_long):
        hold, gap, seconds, rate = (30, 1, 600, 4 * MIB) if is_long else (2.5, 0.3, 15, 16 * MIB)
        broker = own_broker(CHECK)
        create_topic(broker.bootstrap, topic, retention_bytes=5 * MIB)
        stopping = threading.Event()

        def read():
            while not stopping.is_set():
                reader = sqlite3.connect(f"file:{broker.data}?mode=ro", uri=True)
                reader.execute("begin")
                reader.execute("select count(*) from batches").fetchone()
                stopping.wait(hold)
                reader.close()
                stopping.wait(gap)

        reader = threading.Thread(target=read)
        logs, files = [], []
        with Load(broker.bootstrap, topic, rate):
            reader.start()
            try:
                end = time.monotonic() + seconds
                while time.monotonic() < end:
                    time.sleep(0.2)
                    logs.append(log_bytes(broker))
                    files.append(storage(broker)["file_bytes"])
            finally:
                stopping.set()
                reader.join()
            # What was written while one snapshot was held, a few times over: records go into the log when
            # they come and again when they are deleted.
            assert max(logs) < 64 * MIB + 6 * rate * hold
            half = len(files) // 2
            assert max(files[half:]) < max(files[:half]) * 1.5 + 16 * MIB
            assert retrying(TIMEOUT_SECONDS, lambda: log_bytes(broker) <= 64 * MIB)
