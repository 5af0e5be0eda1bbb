"""Batches in memory: what they take, and that it is given back."""

import time

import confluent_kafka
import confluent_kafka.admin
import pytest

from clients import TIMEOUT_SECONDS, create_topic
from test_configs import BROKER, alter, resource, value

MEBIBYTE = 1 << 20
CACHE_BYTES = 64 * MEBIBYTE
#: Twice what the cache can hold of them.
RECORDS = 300_000
VALUE = b"x" * 100
KEY = "acta.tail.cache.bytes"


def resident(broker):
    """Bytes on the heap."""
    return broker.memory("RssAnon") * 1_024


def wait_for_less(broker, most):
    # How long it takes decides how often what is too much is given back: a slow machine does so more seldom.
    deadline = time.monotonic() + 5 * TIMEOUT_SECONDS
    while resident(broker) >= most and time.monotonic() < deadline:
        time.sleep(0.1)
    return resident(broker)


def produce(broker, topic, count, value, records_in_batch):
    failures = []
    producer = confluent_kafka.Producer({
        "bootstrap.servers": broker.bootstrap, "batch.num.messages": records_in_batch, "acks": 1,
        "linger.ms": 5 if records_in_batch > 1 else 0, "queue.buffering.max.messages": 1_000_000})
    for _ in range(count):
        producer.produce(topic, value, on_delivery=lambda error, _: error and failures.append(error))
        producer.poll(0)
    assert producer.flush(10 * TIMEOUT_SECONDS) == 0
    assert not failures, failures[0]


def consume_all(broker, topic, count, value=VALUE):
    consumer = confluent_kafka.Consumer({
        "bootstrap.servers": broker.bootstrap, "group.id": "unused", "enable.auto.commit": False})
    consumer.assign([confluent_kafka.TopicPartition(topic, 0, 0)])
    seen, deadline = 0, time.monotonic() + 10 * TIMEOUT_SECONDS
    while seen < count and time.monotonic() < deadline:
        for message in consumer.consume(10_000, 1):
            assert message.error() is None
            assert message.offset() == seen
            assert message.value() == value
            seen += 1
    consumer.close()
    assert seen == count


def test_batches_take_what_they_may_and_give_it_back(own_broker):
    broker = own_broker(f"{KEY}={CACHE_BYTES}")
    create_topic(broker.bootstrap, "single")
    idle = resident(broker)
    assert idle < 25 * MEBIBYTE, "nobody has asked for anything"

    # Each record in a batch of its own: the most that can be remembered about so few bytes.
    produce(broker, "single", RECORDS, VALUE, 1)
    full = resident(broker)
    print(f"idle {idle >> 20} MiB, full {full >> 20} MiB")
    assert full > idle + CACHE_BYTES // 2, "the cache is not used"
    assert full < idle + CACHE_BYTES * 5 // 4 + 32 * MEBIBYTE

    # From the beginning: what has gone from memory comes from the tables, and from the second time on takes the
    # place of others. While it is read, plans and pieces of tens of thousands of batches take their part; what that
    # leaves on the heap is given back.
    resident_after = []
    for _ in range(5):
        consume_all(broker, "single", RECORDS)
        resident_after.append(resident(broker))
    print(f"read {[bytes >> 20 for bytes in resident_after]} MiB")
    most = idle + CACHE_BYTES * 5 // 4 + 72 * MEBIBYTE
    assert wait_for_less(broker, most) < most
    read = resident(broker)

    alter(broker, resource(BROKER, "1", acta_tail_cache_bytes=str(MEBIBYTE)))
    entry, _ = value(broker, BROKER, "1", KEY)
    assert entry == str(MEBIBYTE)
    small = wait_for_less(broker, read - CACHE_BYTES // 2)
    print(f"small {small >> 20} MiB")
    assert small < read - CACHE_BYTES // 2, "memory is given back to the system"
    consume_all(broker, "single", RECORDS)


def test_memory_stays_near_what_batches_of_many_sizes_may_take(own_broker):
    cache = 128 * MEBIBYTE
    broker = own_broker(f"{KEY}={cache}")
    idle = resident(broker)
    for size, batch in [(100, 1), (1_000, 1), (5_000, 1), (1_000, 100)]:
        name, count = f"of-{size}-{batch}", 160 * MEBIBYTE // (size + 300) // (8 if size == 100 else 1)
        create_topic(broker.bootstrap, name)
        produce(broker, name, count, bytes(size), batch)
        for _ in range(3):
            consume_all(broker, name, count, bytes(size))
        print(f"{size} B by {batch}: {resident(broker) >> 20} MiB")
    most = idle + cache * 5 // 4 + 72 * MEBIBYTE
    assert wait_for_less(broker, most) < most


def test_the_cache_is_a_part_of_the_memory_unless_it_is_set(own_broker):
    broker = own_broker()
    entry, _ = value(broker, BROKER, "1", KEY)
    assert entry == "25%"
    alter(broker, resource(BROKER, "1", acta_tail_cache_bytes="10%"))
    assert value(broker, BROKER, "1", KEY)[0] == "10%"
    with pytest.raises(confluent_kafka.KafkaException, match="such as 25%"):
        alter(broker, resource(BROKER, "1", acta_tail_cache_bytes="much"))
