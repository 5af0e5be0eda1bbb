"""What a producer was told of is there for whoever asks next, also with acks=1."""

import struct

import confluent_kafka

from clients import Confluent, create_topic
from wire import Connection, batch, request, string

ROUNDS = 400
LIST_OFFSETS = 2
DELETE_RECORDS = 21


def newest_offset(connection, topic):
    """(error code, offset) of a ListOffsets v1 for the end of partition 0."""
    body = struct.pack(">ii", -1, 1) + string(topic) + struct.pack(">iiq", 1, 0, -1)
    connection.send(request(LIST_OFFSETS, 1, body))
    answer = connection.receive()
    return struct.unpack_from(">hxxxxxxxxq", answer, 4 + 4 + 2 + len(topic) + 4 + 4)


def delete_below(connection, topic, offset):
    """(low watermark, error code) of a DeleteRecords v0 of partition 0."""
    body = struct.pack(">i", 1) + string(topic) + struct.pack(">iiqi", 1, 0, offset, 5_000)
    connection.send(request(DELETE_RECORDS, 0, body))
    answer = connection.receive()
    return struct.unpack_from(">qh", answer, 4 + 4 + 4 + 2 + len(topic) + 4 + 4)


def test_the_newest_offset_is_right_after_every_acks_1(broker, topic):
    create_topic(broker.bootstrap, topic)
    wrong = []
    with Connection(broker.port) as producer, Connection(broker.port) as asking:
        for n in range(ROUNDS):
            error, offset = producer.produce(topic, batch([b"%d" % n]), acks=1)
            assert (error, offset) == (0, n)
            if newest_offset(asking, topic) != (0, n + 1):
                wrong.append(n)
    assert wrong == []


def test_a_fetch_at_the_acknowledged_offset_has_the_record_without_waiting(broker, topic):
    create_topic(broker.bootstrap, topic)
    with Connection(broker.port) as producer, Connection(broker.port) as consumer:
        for n in range(ROUNDS):
            assert producer.produce(topic, batch([b"value-%d" % n]), acks=1) == (0, n)
            error, records = consumer.fetch(topic, n, max_wait=0, min_bytes=n % 2)
            assert error == 0
            assert b"value-%d" % n in records


def test_records_can_be_deleted_up_to_the_acknowledged_end(broker, topic):
    create_topic(broker.bootstrap, topic)
    with Connection(broker.port) as producer, Connection(broker.port) as admin:
        for n in range(100):
            assert producer.produce(topic, batch([b"v"]), acks=1) == (0, n)
            assert delete_below(admin, topic, n + 1) == (n + 1, 0)


def test_librdkafka_s_watermarks_are_right_after_every_acks_1(broker, topic):
    create_topic(broker.bootstrap, topic)
    producer = Confluent.producer(broker.bootstrap, acks=1, **{"linger.ms": 0})
    consumer = Confluent.consumer(broker.bootstrap)
    partition = confluent_kafka.TopicPartition(topic, 0)
    seen = []
    for n in range(100):
        producer.produce(topic, b"v")
        assert producer.flush(10) == 0
        seen.append(consumer.get_watermark_offsets(partition, timeout=10, cached=False)[1])
    consumer.close()
    assert seen == list(range(1, 101))


def test_times_of_the_log_never_go_back_and_are_what_was_answered(broker, topic):
    """Many connections at once: the time is drawn where batches have an order."""
    create_topic(broker.bootstrap, topic, message_timestamp_type="LogAppendTime")
    told = {}

    def note(error, message):
        assert error is None, error
        told[message.offset()] = message.timestamp()[1]

    producers = [
        Confluent.producer(broker.bootstrap, acks=1, **{"linger.ms": 0}) for _ in range(4)]
    for n in range(500):
        for producer in producers:
            producer.produce(topic, b"%d" % n, on_delivery=note)
            producer.poll(0)
    for producer in producers:
        assert producer.flush(30) == 0
    consumer = Confluent.consumer(broker.bootstrap)
    consumer.assign([confluent_kafka.TopicPartition(topic, 0, 0)])
    stored = []
    while len(stored) < 2_000:
        message = consumer.poll(10)
        assert message is not None and message.error() is None
        stored.append(message.timestamp()[1])
    consumer.close()
    assert stored == sorted(stored)
    assert told == dict(enumerate(stored))
