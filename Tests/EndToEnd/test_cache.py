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


def produce_singly(broker, topic, count):
    """Each record in a batch of its own: the most that can be remembered about so few bytes."""
    failures = []
    producer = confluent_kafka.Producer({
        "bootstrap.servers": broker.bootstrap, "batch.num.messages": 1, "acks": 1,
        "linger.ms": 0, "queue.buffering.max.messages": 1_000_000})
    for _ in range(count):
        producer.produce(topic, VALUE, on_delivery=lambda error, _: error and failures.append(error))
        producer.poll(0)
    assert producer.flush(10 * TIMEOUT_SECONDS) == 0
    assert not failures, failures[0]


def consume_all(broker, topic, count):
    consumer = confluent_kafka.Consumer({
        "bootstrap.servers": broker.bootstrap, "group.id": "unused", "enable.auto.commit": False})
    consumer.assign([confluent_kafka.TopicPartition(topic, 0, 0)])
    seen, deadline = 0, time.monotonic() + 10 * TIMEOUT_SECONDS
    while seen < count and time.monotonic() < deadline:
        for message in consumer.consume(10_000, 1):
            assert message.error() is None
            assert message.offset() == seen
            assert message.value() == VALUE
            seen += 1
    consumer.close()
    assert seen == count


def test_batches_take_what_they_may_and_give_it_back(own_broker):
    broker = own_broker(f"{KEY}={CACHE_BYTES}")
    create_topic(broker.bootstrap, "single")
    idle = resident(broker)
    assert idle < 25 * MEBIBYTE, "nobody has asked for anything"

    produce_singly(broker, "single", RECORDS)
    full = resident(broker)
    print(f"idle {idle >> 20} MiB, full {full >> 20} MiB")
    assert full > idle + CACHE_BYTES // 2, "the cache is not used"
    assert full < idle + CACHE_BYTES * 5 // 4 + 32 * MEBIBYTE

    # From the beginning: what has gone from memory comes from the tables, and from the second time on takes the
    # place of others. While it is read, plans and pieces of tens of thousands of batches take their part, but no
    # more each time.
    resident_after = []
    for _ in range(5):
        consume_all(broker, "single", RECORDS)
        resident_after.append(resident(broker))
    print(f"read {[bytes >> 20 for bytes in resident_after]} MiB")
    read = resident_after[-1]
    assert read < idle + CACHE_BYTES * 5 // 4 + 80 * MEBIBYTE
    assert read < resident_after[2] + 24 * MEBIBYTE

    alter(broker, resource(BROKER, "1", acta_tail_cache_bytes=str(MEBIBYTE)))
    entry, _ = value(broker, BROKER, "1", KEY)
    assert entry == str(MEBIBYTE)
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while resident(broker) > read - CACHE_BYTES // 2 and time.monotonic() < deadline:
        time.sleep(0.1)
    small = resident(broker)
    print(f"small {small >> 20} MiB")
    assert small < read - CACHE_BYTES // 2, "memory is given back to the system"
    consume_all(broker, "single", RECORDS)


def test_the_cache_is_a_part_of_the_memory_unless_it_is_set(own_broker):
    broker = own_broker()
    entry, _ = value(broker, BROKER, "1", KEY)
    assert entry == "25%"
    alter(broker, resource(BROKER, "1", acta_tail_cache_bytes="10%"))
    assert value(broker, BROKER, "1", KEY)[0] == "10%"
    with pytest.raises(confluent_kafka.KafkaException, match="such as 25%"):
        alter(broker, resource(BROKER, "1", acta_tail_cache_bytes="much"))
