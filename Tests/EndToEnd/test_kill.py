"""`kill -9` in the middle of producing, again and again: what was acknowledged is there, once."""

import collections
import random
import threading
import time

import confluent_kafka
import pytest

from broker import Broker
from clients import Confluent, create_topic

KILLS = 20
PARTITIONS = 3
#: Acknowledgements to see in a cycle before the kill, so that each kill hits a working broker.
WARM = 300


class Load:
    """An idempotent producer that goes on over every restart, and what it was told: as fast as it goes, or one
    record after the other, which the broker writes where they arrive."""

    def __init__(self, bootstrap, topic, is_one_at_a_time):
        self.topic = topic
        self.is_one_at_a_time = is_one_at_a_time
        self.acknowledged = {}
        self.failures = []
        self.sent = 0
        self.stopping = threading.Event()
        self.producer = Confluent.producer(bootstrap, idempotence=True, **{
            "linger.ms": 0 if is_one_at_a_time else 1,
            "batch.num.messages": 100,
            "queue.buffering.max.messages": 2_000,
            "message.timeout.ms": 120_000,
            "reconnect.backoff.ms": 20,
            "reconnect.backoff.max.ms": 100,
            "retry.backoff.ms": 20,
            "retry.backoff.max.ms": 100,
            "error_cb": self.note_error,
            "log_level": 2,
        })
        self.thread = threading.Thread(target=self.run)

    def note_error(self, error):
        if error.fatal():
            self.failures.append(error)

    def note_delivery(self, error, message):
        if error is not None:
            self.failures.append(error)
        else:
            self.acknowledged[int(message.value())] = (message.partition(), message.offset())

    def is_waiting(self):
        return len(self.acknowledged) < self.sent and not self.stopping.is_set()

    def run(self):
        while not self.stopping.is_set() and not self.failures:
            try:
                self.producer.produce(
                    self.topic, b"%d" % self.sent, partition=self.sent % PARTITIONS,
                    on_delivery=self.note_delivery)
                self.sent += 1
                while self.is_one_at_a_time and self.is_waiting() and not self.failures:
                    self.producer.poll(0.01)
                if self.sent % 50 == 0:
                    self.producer.poll(0.002)
            except BufferError:
                self.producer.poll(0.01)
            except confluent_kafka.KafkaException as error:  # fatal: it will send no more
                self.failures.append(error)

    def stop(self):
        self.stopping.set()
        self.thread.join()
        assert self.producer.flush(60) == 0, "records that were never answered"


def wait_for_acknowledgements(load, count):
    deadline = time.monotonic() + 15
    while len(load.acknowledged) < count:
        assert load.failures == []
        assert time.monotonic() < deadline, "the producer does not get through any more"
        time.sleep(0.002)


@pytest.fixture(scope="module", params=["as fast as it goes", "one at a time"])
def outcome(request, tmp_path_factory):
    """The broker after the last start, and the load that went through it."""
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    broker = Broker(tmp_path_factory.mktemp("killed")).start()
    create_topic(broker.bootstrap, "killed", PARTITIONS)
    load = Load(broker.bootstrap, "killed", request.param == "one at a time")
    load.thread.start()
    try:
        for _ in range(KILLS):
            wait_for_acknowledgements(load, len(load.acknowledged) + WARM)
            time.sleep(chance.uniform(0, 0.3))
            broker.kill9()
            broker.start()
        wait_for_acknowledgements(load, len(load.acknowledged) + WARM)
    finally:
        load.stop()
    found = Confluent.consume(
        broker.bootstrap, "killed", load.sent, partitions=range(PARTITIONS))
    yield broker, load, found
    broker.close()


def test_the_producer_was_refused_nothing(outcome):
    _, load, _ = outcome
    assert load.failures == []
    assert len(load.acknowledged) == load.sent
    assert load.sent > KILLS * WARM


def test_every_acknowledged_record_is_there_at_its_offset(outcome):
    _, load, found = outcome
    places = {int(r.value): (r.partition, r.offset) for r in found}
    wrong = {n: (place, places.get(n)) for n, place in load.acknowledged.items()
             if place[1] >= 0 and places.get(n) != place}
    assert wrong == {}


def test_no_record_is_there_twice(outcome):
    broker, load, found = outcome
    repeated = [n for n, times in collections.Counter(r.value for r in found).items() if times > 1]
    assert repeated == []
    assert broker.scalar("select count(*) from topic_killed") == load.sent


def test_each_partition_is_in_the_order_of_its_producer(outcome):
    _, load, found = outcome
    for partition in range(PARTITIONS):
        here = [r for r in found if r.partition == partition]
        assert [r.offset for r in here] == list(range(len(here)))
        assert [int(r.value) for r in here] == list(range(partition, load.sent, PARTITIONS))


def test_the_file_is_sound_after_all_kills(outcome):
    broker, _, _ = outcome
    assert broker.scalar("pragma integrity_check") == "ok"
    assert broker.sql("pragma foreign_key_check") == []
