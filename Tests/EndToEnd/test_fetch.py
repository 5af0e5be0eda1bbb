"""Long polls and the limits of a fetch."""

import asyncio
import statistics
import threading
import time

import aiokafka
import confluent_kafka
import kafka
import pytest

from clients import AioKafka, Confluent, KafkaPython, Record, create_topic, texts
from wire import Connection, batch

ROUNDS = 7
WAIT_MILLISECONDS = 5_000
#: Between a produce and its arrival at a consumer that waits: half of the rounds must be faster.
WAKE_SECONDS = 0.1


def wake_times(bootstrap, topic, poll):
    """Produces one record after another; `poll()` blocks until one arrives. Seconds for each."""
    producer = Confluent.producer(bootstrap, **{"linger.ms": 0})
    arrived = []
    done = threading.Event()

    def consume():
        for _ in range(ROUNDS):
            poll()
            arrived.append(time.monotonic())
        done.set()

    thread = threading.Thread(target=consume, daemon=True)
    thread.start()
    sent = []
    for turn in range(ROUNDS):
        time.sleep(0.2)  # lets the consumer's next long poll reach the broker
        sent.append(time.monotonic())
        producer.produce(topic, b"%d" % turn, partition=0)
        producer.flush(5)
        deadline = time.monotonic() + 5
        while len(arrived) <= turn and time.monotonic() < deadline:
            time.sleep(0.001)
        assert len(arrived) > turn, "the record never arrived"
    assert done.wait(5)
    return [there - here for here, there in zip(sent, arrived)]


def test_a_waiting_confluent_consumer_gets_a_record_at_once(broker, topic):
    create_topic(broker.bootstrap, topic)
    consumer = Confluent.consumer(broker.bootstrap, **{"fetch.wait.max.ms": WAIT_MILLISECONDS})
    consumer.assign([confluent_kafka.TopicPartition(topic, 0, 0)])

    def poll():
        while (message := consumer.poll(1)) is None or message.error():
            pass

    times = wake_times(broker.bootstrap, topic, poll)
    consumer.close()
    assert statistics.median(times) < WAKE_SECONDS, times


def test_a_waiting_kafka_python_consumer_gets_a_record_at_once(broker, topic):
    create_topic(broker.bootstrap, topic)
    consumer = KafkaPython.consumer(broker.bootstrap, fetch_max_wait_ms=WAIT_MILLISECONDS)
    partition = kafka.TopicPartition(topic, 0)
    consumer.assign([partition])
    consumer.seek(partition, 0)

    def poll():
        while not consumer.poll(timeout_ms=1000, max_records=1):
            pass

    times = wake_times(broker.bootstrap, topic, poll)
    consumer.close()
    assert statistics.median(times) < WAKE_SECONDS, times


def test_a_waiting_aiokafka_consumer_gets_a_record_at_once(broker, topic):
    create_topic(broker.bootstrap, topic)
    loop = asyncio.new_event_loop()

    async def start():
        consumer = AioKafka.consumer(broker.bootstrap, fetch_max_wait_ms=WAIT_MILLISECONDS)
        await consumer.start()
        partition = aiokafka.TopicPartition(topic, 0)
        consumer.assign([partition])
        consumer.seek(partition, 0)
        return consumer

    consumer = loop.run_until_complete(start())
    times = wake_times(
        broker.bootstrap, topic, lambda: loop.run_until_complete(consumer.getone()))
    loop.run_until_complete(consumer.stop())
    loop.close()
    assert statistics.median(times) < WAKE_SECONDS, times


@pytest.fixture
def one_record(broker, topic):
    create_topic(broker.bootstrap, topic)
    Confluent.produce(broker.bootstrap, topic, [Record(b"k", b"v" * 10_000)])
    with Connection(broker.port) as connection:
        yield connection


@pytest.mark.parametrize("max_wait", [0, 100, 600])
def test_max_wait_is_honoured_at_the_end_of_the_log(one_record, topic, max_wait):
    one_record.fetch(topic, 1)  # the first fetch of a connection is not what is timed
    began = time.monotonic()
    assert one_record.fetch(topic, 1, max_wait=max_wait) == (0, b"")
    took = (time.monotonic() - began) * 1000
    assert max_wait - 5 <= took <= max_wait + 150


def test_min_bytes_waits_for_more_and_max_wait_ends_the_wait(one_record, topic):
    began = time.monotonic()
    error, records = one_record.fetch(topic, 0, max_wait=300, min_bytes=500_000)
    took = time.monotonic() - began
    assert error == 0
    assert len(records) > 10_000
    assert 0.295 <= took <= 0.45


def test_a_fetch_that_waits_answers_when_min_bytes_are_there(broker, one_record, topic):
    timer = threading.Timer(
        0.2, Confluent.produce, [broker.bootstrap, topic, [Record(b"k", b"v" * 10_000)]])
    timer.start()
    began = time.monotonic()
    error, records = one_record.fetch(topic, 0, max_wait=4_000, min_bytes=15_000)
    timer.join()
    assert error == 0
    assert len(records) > 20_000
    assert time.monotonic() - began < 2


def test_the_first_batch_is_whole_even_above_every_limit(one_record, topic):
    error, records = one_record.fetch(topic, 0, max_bytes=100, partition_bytes=100)
    assert error == 0
    assert len(records) > 10_000


@pytest.mark.parametrize("offset", [2, 1_000, -5])
def test_an_offset_outside_the_log_is_out_of_range(one_record, topic, offset):
    error, records = one_record.fetch(topic, offset, max_wait=2_000)
    assert (error, records) == (1, b"")


def test_the_end_of_the_log_is_in_range(one_record, topic):
    assert one_record.fetch(topic, 1) == (0, b"")


def test_a_fetch_from_within_a_batch_gets_the_whole_batch(broker, topic):
    create_topic(broker.bootstrap, topic)
    with Connection(broker.port) as connection:
        sent = batch([b"%d" % n for n in range(10)])
        assert connection.produce(topic, sent) == (0, 0)
        error, records = connection.fetch(topic, 7)
    assert error == 0
    assert records[21:] == sent[21:], "all but base offset and leader epoch is as it was sent"
    found = Confluent.consume(broker.bootstrap, topic, 3, offset=7)
    assert [r.value for r in found] == [b"7", b"8", b"9"]


def test_small_fetches_walk_the_whole_log(broker, topic):
    create_topic(broker.bootstrap, topic)
    sent = texts(5_000)
    Confluent.produce(broker.bootstrap, topic, sent, **{"batch.num.messages": 37})
    consumer = Confluent.consumer(broker.bootstrap, **{"fetch.message.max.bytes": 1_000})
    consumer.assign([confluent_kafka.TopicPartition(topic, 0, 0)])
    found = []
    deadline = time.monotonic() + 20
    while len(found) < len(sent) and time.monotonic() < deadline:
        found += [m.value() for m in consumer.consume(1_000, 0.2)]
    consumer.close()
    assert found == [r.value for r in sent]


def test_a_consumer_that_follows_a_producer_misses_nothing(broker, topic):
    """Starts before the first record and reads across the boundary of tail and log."""
    create_topic(broker.bootstrap, topic)
    found = []

    def consume():
        found.extend(Confluent.consume(broker.bootstrap, topic, 3_000))

    thread = threading.Thread(target=consume)
    thread.start()
    for turn in range(30):
        Confluent.produce(broker.bootstrap, topic, [
            Record(b"k", b"%d" % (turn * 100 + n)) for n in range(100)])
    thread.join(30)
    assert [int(r.value) for r in found] == list(range(3_000))
