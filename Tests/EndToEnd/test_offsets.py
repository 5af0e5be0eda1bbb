"""Looking offsets up: the ends of a log, by time, and the largest timestamp."""

import asyncio

import aiokafka
import confluent_kafka
import confluent_kafka.admin
import kafka
import pytest

from broker import Broker
from clients import (
    TIMEOUT_SECONDS, AioKafka, Confluent, KafkaPython, Record, ask_admin, create_topic,
)

BASE = 1_700_000_000_000
#: Offset n was created at BASE + STEPS[n]; not in order, and the largest is not the last.
STEPS = [0, 100, 200, 50, 400, 1_000, 300, 1_000, 700, 800]
#: (asked for BASE + step, first offset whose timestamp is at least that)
LOOK_UPS = [
    (-5_000, 0), (0, 0), (1, 1), (100, 1), (101, 2), (201, 4), (400, 4), (401, 5), (1_000, 5),
]
AFTER_ALL = 1_001


def fill(bootstrap, name):
    create_topic(bootstrap, name)
    for step in STEPS:
        Confluent.produce(bootstrap, name, [Record(b"k", b"v", timestamp=BASE + step)])
    return name


@pytest.fixture(scope="module", params=["hot", "cold"])
def looked_up(request, tmp_path_factory):
    """(broker, topic): as produced, and after a restart."""
    broker = Broker(tmp_path_factory.mktemp(request.param)).start()
    name = fill(broker.bootstrap, "times")
    if request.param == "cold":
        broker.restart()
    yield broker, name
    broker.close()


def confluent_lists(bootstrap, name, specification):
    partition = confluent_kafka.TopicPartition(name, 0)
    return ask_admin(bootstrap, "list_offsets", {partition: specification})


def test_confluent_lists_earliest_latest_and_maximum(looked_up):
    broker, name = looked_up
    specification = confluent_kafka.admin.OffsetSpec
    assert confluent_lists(broker.bootstrap, name, specification.earliest()).offset == 0
    assert confluent_lists(broker.bootstrap, name, specification.latest()).offset == len(STEPS)
    largest = confluent_lists(broker.bootstrap, name, specification.max_timestamp())
    assert (largest.offset, largest.timestamp) == (5, BASE + 1_000)


def test_confluent_lists_by_time(looked_up):
    broker, name = looked_up
    for step, offset in LOOK_UPS:
        found = confluent_lists(
            broker.bootstrap, name, confluent_kafka.admin.OffsetSpec.for_timestamp(BASE + step))
        assert (found.offset, found.timestamp) == (offset, BASE + STEPS[offset]), step
    beyond = confluent_kafka.admin.OffsetSpec.for_timestamp(BASE + AFTER_ALL)
    assert confluent_lists(broker.bootstrap, name, beyond).offset == -1


def test_a_confluent_consumer_knows_the_watermarks_and_looks_up_times(looked_up):
    broker, name = looked_up
    consumer = Confluent.consumer(broker.bootstrap)
    try:
        partition = confluent_kafka.TopicPartition(name, 0)
        assert consumer.get_watermark_offsets(partition, TIMEOUT_SECONDS) == (0, len(STEPS))
        for step, offset in LOOK_UPS:
            asked = confluent_kafka.TopicPartition(name, 0, BASE + step)
            [found] = consumer.offsets_for_times([asked], TIMEOUT_SECONDS)
            assert found.offset == offset, step
    finally:
        consumer.close()


def test_a_kafka_python_consumer_looks_offsets_up(looked_up):
    broker, name = looked_up
    consumer = KafkaPython.consumer(broker.bootstrap)
    partition = kafka.TopicPartition(name, 0)
    try:
        assert consumer.beginning_offsets([partition]) == {partition: 0}
        assert consumer.end_offsets([partition]) == {partition: len(STEPS)}
        for step, offset in LOOK_UPS:
            found = consumer.offsets_for_times({partition: BASE + step})[partition]
            assert (found.offset, found.timestamp) == (offset, BASE + STEPS[offset]), step
        assert consumer.offsets_for_times({partition: BASE + AFTER_ALL})[partition] is None
    finally:
        consumer.close()


def test_an_aiokafka_consumer_looks_offsets_up(looked_up):
    broker, name = looked_up

    async def run():
        consumer = AioKafka.consumer(broker.bootstrap)
        await consumer.start()
        partition = aiokafka.TopicPartition(name, 0)
        consumer.assign([partition])
        try:
            assert await consumer.beginning_offsets([partition]) == {partition: 0}
            assert await consumer.end_offsets([partition]) == {partition: len(STEPS)}
            for step, offset in LOOK_UPS:
                found = (await consumer.offsets_for_times({partition: BASE + step}))[partition]
                assert (found.offset, found.timestamp) == (offset, BASE + STEPS[offset]), step
            beyond = await consumer.offsets_for_times({partition: BASE + AFTER_ALL})
            assert beyond[partition] is None
        finally:
            await consumer.stop()

    asyncio.run(run())


def test_a_look_up_within_a_batch_finds_the_record_and_not_the_batch(broker, topic):
    create_topic(broker.bootstrap, topic)
    Confluent.produce(broker.bootstrap, topic, [
        Record(b"k", b"v", timestamp=BASE + n * 10) for n in range(500)])
    found = confluent_lists(
        broker.bootstrap, topic, confluent_kafka.admin.OffsetSpec.for_timestamp(BASE + 1_235))
    assert (found.offset, found.timestamp) == (124, BASE + 1_240)


def test_an_empty_partition_has_both_ends_at_zero_and_no_maximum(broker, topic):
    create_topic(broker.bootstrap, topic)
    specification = confluent_kafka.admin.OffsetSpec
    assert confluent_lists(broker.bootstrap, topic, specification.earliest()).offset == 0
    assert confluent_lists(broker.bootstrap, topic, specification.latest()).offset == 0
    assert confluent_lists(broker.bootstrap, topic, specification.max_timestamp()).offset == -1
    assert confluent_lists(broker.bootstrap, topic, specification.for_timestamp(0)).offset == -1


def test_offsets_of_an_unknown_partition_are_refused(broker, topic):
    create_topic(broker.bootstrap, topic)
    consumer = Confluent.consumer(broker.bootstrap)
    try:
        with pytest.raises(confluent_kafka.KafkaException) as failure:
            consumer.get_watermark_offsets(confluent_kafka.TopicPartition(topic, 9), 5)
        assert failure.value.args[0].code() in (3, confluent_kafka.KafkaError._UNKNOWN_PARTITION)
    finally:
        consumer.close()
