"""What clients learn before their first record: brokers, topics, and topics made on the way."""

import asyncio
import json

import aiokafka
import aiokafka.admin
import kafka
import pytest

from clients import (
    CLIENTS, TIMEOUT_SECONDS, AioKafka, Confluent, Record, cluster_of, create_topic, kcat,
)


def test_kcat_lists_the_broker_at_its_advertised_address_and_a_topic_with_its_partitions(
        broker, topic):
    create_topic(broker.bootstrap, topic, 3)
    listing = json.loads(kcat(broker.bootstrap, "-L", "-J", "-t", topic))
    [node] = listing["brokers"]
    assert node["name"] == broker.bootstrap
    [found] = listing["topics"]
    assert [p["partition"] for p in found["partitions"]] == [0, 1, 2]
    for partition in found["partitions"]:
        assert partition["leader"] == node["id"]
        assert [r["id"] for r in partition["replicas"]] == [node["id"]]
        assert [r["id"] for r in partition["isrs"]] == [node["id"]]


def test_the_cluster_has_an_id_of_22_characters_and_itself_as_controller(broker):
    cluster = cluster_of(broker.bootstrap)
    assert len(cluster.cluster_id) == 22
    assert cluster.controller_id in cluster.brokers


def test_confluent_creates_a_topic(broker, topic):
    create_topic(broker.bootstrap, topic, 4)
    found = cluster_of(broker.bootstrap, topic).topics[topic]
    assert sorted(found.partitions) == [0, 1, 2, 3]


def test_kafka_python_creates_a_topic(broker, topic):
    admin = kafka.KafkaAdminClient(bootstrap_servers=broker.bootstrap)
    try:
        admin.create_topics({topic: {"num_partitions": 4, "replication_factor": 1}})
        [found] = admin.describe_topics([topic])
    finally:
        admin.close()
    assert len(found["partitions"]) == 4


def test_aiokafka_creates_a_topic(broker, topic):
    async def run():
        admin = aiokafka.admin.AIOKafkaAdminClient(bootstrap_servers=broker.bootstrap)
        await admin.start()
        try:
            new = aiokafka.admin.NewTopic(topic, num_partitions=4, replication_factor=1)
            await admin.create_topics([new])
            return await admin.describe_topics([topic])
        finally:
            await admin.close()

    [found] = asyncio.run(run())
    assert len(found["partitions"]) == 4


@pytest.mark.parametrize("client", CLIENTS, ids=lambda c: c.name)
def test_producing_to_an_unknown_topic_creates_it(broker, topic, client):
    [sent] = client.produce(broker.bootstrap, topic, [Record(b"k", b"first")])
    assert sent.offset == 0
    [found] = Confluent.consume(broker.bootstrap, topic, 1)
    assert found.content == sent.content


def test_kcat_creates_an_unknown_topic_by_producing_to_it(broker, topic):
    kcat(broker.bootstrap, "-P", "-t", topic, stdin=b"first\n")
    assert kcat(broker.bootstrap, "-C", "-t", topic, "-e", "-q") == "first\n"


def test_a_topic_made_on_the_way_has_num_partitions_partitions(own_broker):
    broker = own_broker("num.partitions=5")
    AioKafka.produce(broker.bootstrap, "on-the-way", [Record(b"k", b"v")])
    found = cluster_of(broker.bootstrap, "on-the-way")
    assert len(found.topics["on-the-way"].partitions) == 5


def test_asking_for_all_topics_creates_none(broker, topic):
    before = set(cluster_of(broker.bootstrap).topics)
    assert topic not in before
    consumer = Confluent.consumer(broker.bootstrap)
    try:
        found = consumer.list_topics(topic, TIMEOUT_SECONDS).topics[topic]
    finally:
        consumer.close()
    assert found.error.code() == 3, "librdkafka's consumers do not allow auto-creation"
    assert topic not in cluster_of(broker.bootstrap).topics


def test_a_created_topic_is_ready_for_produce_at_once(broker, topic):
    """Clients create and then produce without waiting."""
    for number in range(10):
        name = create_topic(broker.bootstrap, f"{topic}-{number}")
        assert name in cluster_of(broker.bootstrap).topics
        Confluent.produce(broker.bootstrap, name, [Record(b"k", b"v")])
        assert len(Confluent.consume(broker.bootstrap, name, 1)) == 1
