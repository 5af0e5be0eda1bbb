"""A record comes back as it was sent: keys, values, headers, timestamps, sizes."""

import time

import confluent_kafka
import pytest

from clients import CLIENTS, Confluent, Record, Refused, create_topic, kcat, kcat_consume

EVERY_CLIENT = pytest.mark.parametrize("client", CLIENTS, ids=lambda c: c.name)


def seen_by_all(broker, topic, count):
    """What each reader sees; they must agree."""
    found = {reader.name: reader.consume(broker.bootstrap, topic, count) for reader in CLIENTS}
    first = found["confluent"]
    for name, records in found.items():
        assert records == first, name
    return first


@EVERY_CLIENT
def test_null_and_empty_keys_and_values_stay_apart(broker, topic, client):
    create_topic(broker.bootstrap, topic)
    records = [
        Record(b"key", b"value"), Record(b"key", b""), Record(b"key", None),
        Record(None, b"value"), Record(None, b""), Record(b"", b"value"), Record(b"", b""),
        Record(b"\0\xff\xfe", b"\0\x80binary"), Record("schlüssel".encode(), "größe".encode()),
    ]
    client.produce(broker.bootstrap, topic, records)
    found = seen_by_all(broker, topic, len(records))
    assert [r.content for r in found] == [r.content for r in records]


@EVERY_CLIENT
def test_headers_keep_order_duplicates_and_bytes(broker, topic, client):
    create_topic(broker.bootstrap, topic)
    headers = [("b", b"2"), ("a", b"1"), ("a", b"1"), ("a", b"other"), ("empty", b""),
               ("binary", b"\0\xff\x80"), ("text", "ä".encode()), ("", b"no name")]
    if client.sends_null_headers:
        headers.append(("null", None))
    records = [Record(b"k", b"v", tuple(headers)), Record(b"k", b"none")]
    client.produce(broker.bootstrap, topic, records)
    found = seen_by_all(broker, topic, 2)
    assert [r.content for r in found] == [r.content for r in records]


def test_headers_and_nulls_survive_a_restart(own_broker):
    broker = own_broker()
    headers = (("a", b"1"), ("a", b"1"), ("null", None), ("binary", b"\0\xff"), ("empty", b""))
    records = [Record(b"k", b"v", headers), Record(None, b""), Record(b"", None)]
    Confluent.produce(broker.bootstrap, "nulls", records)
    broker.restart()
    assert [r.content for r in seen_by_all(broker, "nulls", 3)] == [r.content for r in records]


@EVERY_CLIENT
def test_a_given_create_time_comes_back(broker, topic, client):
    create_topic(broker.bootstrap, topic)
    base = 1_700_000_000_000
    records = [Record(b"k", b"v", timestamp=base + step) for step in (0, 1_000, -500, 86_400_000)]
    client.produce(broker.bootstrap, topic, records)
    found = seen_by_all(broker, topic, len(records))
    assert [r.timestamp for r in found] == [r.timestamp for r in records]


@EVERY_CLIENT
def test_a_log_append_time_topic_stamps_the_moment_of_the_append(broker, topic, client):
    create_topic(broker.bootstrap, topic, message_timestamp_type="LogAppendTime")
    before = int(time.time() * 1000)
    client.produce(
        broker.bootstrap, topic,
        [Record(b"k", str(n).encode(), timestamp=1_000 + n) for n in range(5)])
    after = int(time.time() * 1000)
    for record in seen_by_all(broker, topic, 5):
        assert before <= record.timestamp <= after
    consumer = Confluent.consumer(broker.bootstrap)
    consumer.assign([confluent_kafka.TopicPartition(topic, 0, 0)])
    message = consumer.poll(10)
    consumer.close()
    assert message.timestamp()[0] == confluent_kafka.TIMESTAMP_LOG_APPEND_TIME


def test_log_append_time_survives_a_restart(own_broker):
    broker = own_broker()
    name = create_topic(broker.bootstrap, "stamped", message_timestamp_type="LogAppendTime")
    Confluent.produce(broker.bootstrap, name, [Record(b"k", b"v", timestamp=1_000 + n)
                                               for n in range(10)])
    hot = Confluent.consume(broker.bootstrap, name, 10)
    broker.restart()
    assert Confluent.consume(broker.bootstrap, name, 10) == hot


@EVERY_CLIENT
def test_a_timestamp_too_far_in_the_future_is_refused(broker, topic, client):
    create_topic(broker.bootstrap, topic)
    late = int(time.time() * 1000) + 2 * 3_600_000
    with pytest.raises(Refused) as refusal:
        client.produce(broker.bootstrap, topic, [Record(b"k", b"v", timestamp=late)])
    assert refusal.value.code == 32


@EVERY_CLIENT
def test_a_record_of_900_kilobytes_passes(broker, topic, client):
    create_topic(broker.bootstrap, topic)
    large = bytes(range(256)) * 3600
    client.produce(broker.bootstrap, topic, [Record(b"k", large), Record(b"k", b"small")])
    found = seen_by_all(broker, topic, 2)
    assert [r.value for r in found] == [large, b"small"]


@EVERY_CLIENT
def test_a_record_above_max_message_bytes_is_refused(broker, topic, client):
    create_topic(broker.bootstrap, topic, max_message_bytes=10_000)
    with pytest.raises(Refused) as refusal:
        client.produce(broker.bootstrap, topic, [Record(b"k", b"x" * 10_001)])
    assert refusal.value.code == 10
    [sent] = client.produce(broker.bootstrap, topic, [Record(b"k", b"x" * 9_000)])
    assert sent.offset == 0


@EVERY_CLIENT
def test_a_record_above_the_default_max_message_bytes_is_refused(broker, topic, client):
    create_topic(broker.bootstrap, topic)
    with pytest.raises(Refused) as refusal:
        client.produce(broker.bootstrap, topic, [Record(b"k", b"x" * 1_048_589)])
    assert refusal.value.code == 10


def test_kcat_sends_null_values_and_headers(broker, topic):
    create_topic(broker.bootstrap, topic)
    kcat(broker.bootstrap, "-P", "-t", topic, "-K:", "-Z", "-H", "a=1", "-H", "a=2", "-H", "b",
         stdin=b"key:\n")
    [found] = kcat_consume(broker.bootstrap, topic)
    assert found["key"] == "key"
    assert found["payload"] is None
    assert found["headers"][:4] == ["a", "1", "a", "2"]
    [record] = Confluent.consume(broker.bootstrap, topic, 1)
    assert record == Record(
        b"key", None, (("a", b"1"), ("a", b"2"), ("b", None)), record.timestamp, 0, 0)
