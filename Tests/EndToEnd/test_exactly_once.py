"""Loops that consume, transform and produce are killed with SIGKILL again and again, and so is the broker: what
they have read is in their output once, and in its order."""

import collections
import contextlib
import pathlib
import random
import sqlite3
import subprocess
import sys
import threading
import time

import confluent_kafka
import pytest

from broker import Broker
from clients import Confluent, create_topic
from groups import seeded, side_by_side

HERE = pathlib.Path(__file__).parent
CLIENTS = ["confluent", "kafka-python", "aiokafka"]
PARTITIONS = 2
#: Of each loop, and of the broker: 50 together.
KILLS, KILLS_OF_THE_BROKER = 14, 8
#: Of the application of Quix Streams, and of its broker.
QUIX_KILLS, QUIX_KILLS_OF_THE_BROKER = 4, 2
KEYS = 7
#: How many times as many there are with --long.
LONG = 10
#: Records that are added to each input between two kills.
STEP = 60
SETTLE_SECONDS = 60
SETTINGS = ["group.min.session.timeout.ms=500"]


class Worker:
    """A process that is started again whenever it has ended, until it is told to stop."""

    def __init__(self, directory, name, *command):
        self.name, self.command = name, [sys.executable, *map(str, command)]
        self.output = pathlib.Path(directory) / f"{name}.log"
        self.process, self.stopping = None, threading.Event()
        self.starts = 0
        self.start()
        self.thread = threading.Thread(target=self.watch)
        self.thread.start()

    def start(self):
        self.starts += 1
        with open(self.output, "ab") as output:
            self.process = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=output, stderr=output)

    def watch(self):
        while not self.stopping.is_set():
            if self.process.poll() is not None:
                self.start()
            time.sleep(0.01)
        self.process.kill()
        self.process.wait()

    def kill(self):
        self.process.kill()

    def stop(self):
        self.stopping.set()
        self.thread.join()

    def wait_for_work_of(self, begin, seconds=30):
        """Returns when it has written something since `begin` was called."""
        size, deadline = self.output.stat().st_size, time.monotonic() + seconds
        begin()
        while self.output.stat().st_size == size:
            assert time.monotonic() < deadline, f"{self.name} does nothing\n{self.tail()}"
            time.sleep(0.005)

    def tail(self):
        return self.output.read_text(errors="replace")[-4_000:]


class Input:
    """Records that somebody sends to a topic, each of another number; in turn to all partitions, or to that of
    their key."""

    def __init__(self, broker, topic, by_key=False):
        self.topic, self.by_key, self.sent, self.refused = topic, by_key, 0, []
        self.producer = Confluent.producer(broker.bootstrap, idempotence=True, **{
            "linger.ms": 1, "reconnect.backoff.ms": 20, "reconnect.backoff.max.ms": 100,
            "message.timeout.ms": 60_000, "log_level": 0})

    def add(self, count):
        for number in range(self.sent, self.sent + count):
            self.producer.produce(
                self.topic, b"r-%d" % number, b"key-%d" % (number % KEYS),
                partition=number % KEYS % PARTITIONS if self.by_key else number % PARTITIONS,
                on_delivery=lambda error, _: self.refused.append(error) if error else None)
        self.sent += count
        self.producer.poll(0)

    def finish(self):
        assert self.producer.flush(60) == 0
        assert self.refused == []


def committed(broker, topic, partitions=PARTITIONS):
    """The values of each partition, as one reads them who reads only what is committed."""
    consumer = Confluent.consumer(broker.bootstrap, **{
        "isolation.level": "read_committed", "enable.partition.eof": True})
    consumer.assign([confluent_kafka.TopicPartition(topic, n, 0) for n in range(partitions)])
    found, open_partitions = collections.defaultdict(list), set(range(partitions))
    deadline = time.monotonic() + 30
    while open_partitions:
        assert time.monotonic() < deadline, f"{topic} has no end"
        for message in consumer.consume(1_000, 0.2):
            if message.error() is None:
                found[message.partition()].append(message.value())
            elif message.error().code() == confluent_kafka.KafkaError._PARTITION_EOF:
                open_partitions.discard(message.partition())
            else:
                raise confluent_kafka.KafkaException(message.error())
    consumer.close()
    return dict(found)


class OpenTransactions:
    """Looks whether a transaction has records and no end, as its file says."""

    def __init__(self, broker):
        self.database = f"file:{broker.data}?mode=ro"

    def wait_for(self, transactional_id, seconds=5):
        """Returns in the middle of one, or when there was none for so long."""
        deadline = time.monotonic() + seconds
        with contextlib.closing(sqlite3.connect(self.database, uri=True, timeout=seconds)) as connection:
            while not connection.execute(
                    "SELECT 1 FROM transaction_ranges JOIN transactional_ids USING (producer_id)"
                    " WHERE transactional_id = ? AND last_offset IS NULL", [transactional_id]).fetchone():
                if time.monotonic() > deadline:
                    return


def harm(worker, source, chance, kills, transactions=None):
    """With `transactions` every second kill meets one that is open; when the others come chance says."""
    for number in range(kills):
        worker.wait_for_work_of(lambda: source.add(STEP))
        if transactions and number % 2:
            source.add(STEP)
            transactions.wait_for(worker.name)
        else:
            time.sleep(chance.uniform(0, 0.2))
        worker.kill()
    source.add(STEP)
    source.finish()


def harm_broker(broker, chance, kills):
    for _ in range(kills):
        time.sleep(chance.uniform(1.0, 3.0))
        broker.kill9()
        broker.start()


def wait_until(seconds, is_so, about):
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, about()
        time.sleep(0.1)


@pytest.fixture(scope="module")
def outcome(tmp_path_factory, pytestconfig):
    """The broker, and of each loop what it was given and what came of it."""
    chance = seeded()
    times = LONG if pytestconfig.getoption("--long") else 1
    directory = tmp_path_factory.mktemp("once")
    broker = Broker(directory / "broker", SETTINGS).start()
    workers, inputs = {}, {}
    try:
        for client in CLIENTS:
            for end in ("in", "out"):
                create_topic(broker.bootstrap, f"{client}-{end}", PARTITIONS)
            inputs[client] = Input(broker, f"{client}-in")
            workers[client] = Worker(
                directory, client, HERE / "exactly_once_worker.py", client, broker.bootstrap, client)
        side_by_side(
            lambda: harm_broker(broker, random.Random(chance.random()), KILLS_OF_THE_BROKER * times),
            *(lambda c=c: harm(workers[c], inputs[c], random.Random(chance.random()), KILLS * times,
                               OpenTransactions(broker))
              for c in CLIENTS))
        found = {}

        def is_done(client):
            found[client] = committed(broker, f"{client}-out")
            return sum(map(len, found[client].values())) >= inputs[client].sent

        for client in CLIENTS:
            wait_until(
                SETTLE_SECONDS, lambda c=client: is_done(c), lambda c=client: workers[c].tail())
        for worker in workers.values():
            worker.stop()
        yield broker, inputs, workers, found
    finally:
        for worker in workers.values():
            worker.stop()
        broker.close()


@pytest.mark.parametrize("client", CLIENTS)
def test_each_record_is_in_the_output_once_and_in_its_order(outcome, client):
    _, inputs, workers, found = outcome
    assert workers[client].starts > KILLS
    assert found[client] == {
        partition: [b"R-%d" % number for number in range(partition, inputs[client].sent, PARTITIONS)]
        for partition in range(PARTITIONS)}


@pytest.mark.parametrize("client", CLIENTS)
def test_positions_and_output_are_of_the_same_transactions(outcome, client):
    broker, inputs, _, _ = outcome
    rows = broker.sql(
        f"""SELECT partition, committed_offset, stable_lag FROM consumer_lag WHERE "group" = '{client}'""")
    assert sum(row["committed_offset"] for row in rows) == inputs[client].sent
    assert [row["stable_lag"] for row in rows] == [0] * PARTITIONS
    assert broker.sql(
        f"""SELECT DISTINCT source, transactional_id FROM offset_history WHERE "group" = '{client}'""") == [
            {"source": "transaction", "transactional_id": client}]


def test_kills_hit_transactions(outcome):
    """Otherwise nothing was shown."""
    assert outcome[0].scalar("SELECT count(*) FROM aborted_messages") > 0


def test_the_file_is_sound_after_all_kills(outcome):
    broker = outcome[0]
    assert broker.scalar("pragma integrity_check") == "ok"
    assert broker.sql("pragma foreign_key_check") == []
    assert broker.sql("SELECT * FROM transactions WHERE state = 'Ongoing'") == []


def test_quix_streams_counts_each_record_once(tmp_path, is_long):
    """Its state is a table of its own, with a changelog; both and the positions have to agree."""
    chance = seeded()
    times = LONG if is_long else 1
    broker = Broker(tmp_path / "broker", SETTINGS).start()
    for end in ("in", "out"):
        create_topic(broker.bootstrap, f"quix-{end}", PARTITIONS)
    source = Input(broker, "quix-in", by_key=True)
    worker = Worker(
        tmp_path, "quix", HERE / "quix_worker.py", broker.bootstrap, "quix", tmp_path / "state")
    try:
        side_by_side(
            lambda: harm(worker, source, random.Random(chance.random()), QUIX_KILLS * times),
            lambda: harm_broker(
                broker, random.Random(chance.random()), QUIX_KILLS_OF_THE_BROKER * times))
        wait_until(
            SETTLE_SECONDS,
            lambda: sum(map(len, committed(broker, "quix-out").values())) >= source.sent, worker.tail)
        worker.stop()
        counts = collections.defaultdict(list)
        for row in broker.sql(
                'SELECT CAST(key AS TEXT) AS key, CAST(value AS TEXT) AS count FROM "topic_quix-out"'
                " ORDER BY partition, \"offset\""):
            counts[row["key"]].append(int(row["count"]))
        assert counts == {
            f"key-{key}": list(range(1, len(range(key, source.sent, KEYS)) + 1)) for key in range(KEYS)}
    finally:
        worker.stop()
        broker.close()
