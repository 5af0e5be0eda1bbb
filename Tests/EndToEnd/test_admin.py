"""Topics and their settings, by the admin clients."""

import time

import confluent_kafka
import confluent_kafka.admin
import kafka
import kafka.admin
import kafka.errors
import pytest

from clients import (
    TIMEOUT_SECONDS, Confluent, KafkaPython, Record, ask_admin, cluster_of, create_topic, retrying,
    texts,
)

MANY = 200_000


def refusal(call):
    """The error code that a confluent admin call fails with."""
    with pytest.raises(confluent_kafka.KafkaException) as failure:
        call()
    return failure.value.args[0].code()


def create(bootstrap, name, partitions=1, replication=1, config=None, **options):
    new = confluent_kafka.admin.NewTopic(
        name, num_partitions=partitions, replication_factor=replication, config=config or {})
    return ask_admin(bootstrap, "create_topics", [new], **options)


def used_pages(broker):
    return broker.scalar("pragma page_count") - broker.scalar("pragma freelist_count")


def topics_of(bootstrap):
    return cluster_of(bootstrap).topics


@pytest.fixture
def kafka_python(broker):
    client = kafka.KafkaAdminClient(bootstrap_servers=broker.bootstrap)
    yield client
    client.close()


class TestCreateTopics:
    def test_an_existing_topic_is_refused(self, broker, topic):
        create(broker.bootstrap, topic)
        assert refusal(lambda: create(broker.bootstrap, topic)) == 36

    @pytest.mark.parametrize("name", ["a b", "a/b", "ä", ".", "..", "a:b", "x" * 250])
    def test_an_illegal_name_is_refused(self, broker, name):
        assert refusal(lambda: create(broker.bootstrap, name)) == 17
        assert name not in topics_of(broker.bootstrap)

    def test_a_name_of_249_characters_is_legal(self, broker, topic):
        name = (topic + "-" + "x" * 249)[:249]
        create(broker.bootstrap, name)
        Confluent.produce(broker.bootstrap, name, texts(1))
        assert len(Confluent.consume(broker.bootstrap, name, 1)) == 1

    def test_names_that_differ_in_dot_and_underscore_collide(self, broker, topic):
        create(broker.bootstrap, f"{topic}.a_b")
        for clash in (f"{topic}_a_b", f"{topic}.a.b"):
            assert refusal(lambda name=clash: create(broker.bootstrap, name)) == 17

    def test_names_that_differ_in_case_are_two_topics(self, broker, topic):
        lower, upper = topic.lower(), topic.upper()
        for name in (lower, upper):
            create(broker.bootstrap, name)
            Confluent.produce(broker.bootstrap, name, [Record(b"k", name.encode())])
        for name in (lower, upper):
            [found] = Confluent.consume(broker.bootstrap, name, 1)
            assert found.value == name.encode()

    @pytest.mark.parametrize("factor", [2, 3, 0])
    def test_a_replication_factor_other_than_1_is_refused(self, kafka_python, topic, factor):
        with pytest.raises(kafka.errors.InvalidReplicationFactorError):
            kafka_python.create_topics({topic: {"num_partitions": 1, "replication_factor": factor}})

    @pytest.mark.parametrize("count", [0, -2])
    def test_a_count_of_partitions_that_is_none_is_refused(self, kafka_python, topic, count):
        with pytest.raises(kafka.errors.InvalidPartitionsError):
            kafka_python.create_topics({topic: {"num_partitions": count, "replication_factor": 1}})

    def test_defaults_are_asked_for_with_minus_one(self, broker, kafka_python, topic):
        kafka_python.create_topics([topic])
        assert len(topics_of(broker.bootstrap)[topic].partitions) == 1

    @pytest.mark.parametrize("config", [
        {"no.such.setting": "1"}, {"retention.ms": "soon"}, {"cleanup.policy": "shred"},
        {"max.message.bytes": "-1"}, {"compression.type": "rar"}])
    def test_a_bad_setting_is_refused(self, broker, topic, config):
        assert refusal(lambda: create(broker.bootstrap, topic, config=config)) == 40
        assert topic not in topics_of(broker.bootstrap)

    def test_validate_only_creates_nothing(self, broker, topic):
        create(broker.bootstrap, topic, validate_only=True)
        assert topic not in topics_of(broker.bootstrap)

    def test_one_refusal_leaves_the_others(self, broker, topic):
        new = [confluent_kafka.admin.NewTopic(name, 1, 1) for name in (f"{topic}-a", "bad name")]
        client = confluent_kafka.admin.AdminClient({"bootstrap.servers": broker.bootstrap})
        futures = client.create_topics(new)
        futures[f"{topic}-a"].result(TIMEOUT_SECONDS)
        assert refusal(lambda: futures["bad name"].result(TIMEOUT_SECONDS)) == 17


class TestCreatePartitions:
    def grow(self, bootstrap, name, count):
        new = confluent_kafka.admin.NewPartitions(name, count)
        return ask_admin(bootstrap, "create_partitions", [new])

    def test_new_partitions_take_records_and_old_ones_keep_theirs(self, broker, topic):
        create_topic(broker.bootstrap, topic, 2)
        Confluent.produce(broker.bootstrap, topic, texts(10))
        self.grow(broker.bootstrap, topic, 5)
        assert sorted(topics_of(broker.bootstrap)[topic].partitions) == [0, 1, 2, 3, 4]
        Confluent.produce(broker.bootstrap, topic, [Record(b"k", b"new", partition=4)])
        found = Confluent.consume(broker.bootstrap, topic, 11, partitions=range(5))
        assert [r.offset for r in found] == [*range(10), 0]

    def test_kafka_python_grows_a_topic(self, broker, kafka_python, topic):
        create_topic(broker.bootstrap, topic, 1)
        kafka_python.create_partitions({topic: 3})
        assert len(topics_of(broker.bootstrap)[topic].partitions) == 3

    @pytest.mark.parametrize("count", [1, 2])
    def test_a_count_that_is_no_increase_is_refused(self, broker, topic, count):
        create_topic(broker.bootstrap, topic, 2)
        assert refusal(lambda: self.grow(broker.bootstrap, topic, count)) == 37

    def test_an_unknown_topic_is_refused(self, broker, topic):
        assert refusal(lambda: self.grow(broker.bootstrap, topic, 2)) == 3


class TestDeleteTopics:
    def delete(self, bootstrap, name):
        return ask_admin(bootstrap, "delete_topics", [name])

    def test_a_deleted_topic_is_gone_and_comes_back_empty(self, broker, topic):
        create_topic(broker.bootstrap, topic)
        Confluent.produce(broker.bootstrap, topic, texts(10))
        self.delete(broker.bootstrap, topic)
        assert topic not in topics_of(broker.bootstrap)
        create_topic(broker.bootstrap, topic)
        [sent] = Confluent.produce(broker.bootstrap, topic, [Record(b"k", b"again")])
        assert sent.offset == 0
        [found] = Confluent.consume(broker.bootstrap, topic, 1)
        assert found.value == b"again"

    def test_kafka_python_deletes_a_topic(self, broker, kafka_python, topic):
        create_topic(broker.bootstrap, topic)
        kafka_python.delete_topics([topic])
        assert topic not in topics_of(broker.bootstrap)

    def test_an_unknown_topic_is_refused(self, broker, topic):
        assert refusal(lambda: self.delete(broker.bootstrap, topic)) == 3

    def test_deleting_many_records_is_answered_at_once_and_the_pages_come_back(self, own_broker):
        broker = own_broker()
        create_topic(broker.bootstrap, "large", 3)
        create_topic(broker.bootstrap, "beside")
        Confluent.produce(broker.bootstrap, "large", [
            Record(b"key", b"x" * 100, partition=n % 3) for n in range(MANY)])
        broker.restart()  # the rows are in the database file, not only in its log
        assert broker.scalar("select count(*) from topic_large") == MANY
        before = used_pages(broker)
        began = time.monotonic()
        self.delete(broker.bootstrap, "large")
        assert time.monotonic() - began < 1
        began = time.monotonic()
        Confluent.produce(broker.bootstrap, "beside", texts(10))
        assert time.monotonic() - began < 2, "others wait while the pages are freed"
        assert retrying(20, lambda: used_pages(broker) < before / 4), (
            f"{used_pages(broker)} of {before} pages are still used")
        broker.restart()
        assert set(topics_of(broker.bootstrap)) == {"beside"}

    def test_deletion_can_be_disabled(self, own_broker):
        broker = own_broker("delete.topic.enable=false")
        create_topic(broker.bootstrap, "kept")
        assert refusal(lambda: self.delete(broker.bootstrap, "kept")) == 73


class TestDeleteRecords:
    def delete(self, bootstrap, name, offset):
        partition = confluent_kafka.TopicPartition(name, 0, offset)
        return ask_admin(bootstrap, "delete_records", [partition]).low_watermark

    @pytest.fixture
    def filled(self, broker, topic):
        create_topic(broker.bootstrap, topic)
        Confluent.produce(broker.bootstrap, topic, texts(100), **{"batch.num.messages": 10})
        return topic

    def test_records_below_the_offset_are_gone(self, broker, filled):
        assert self.delete(broker.bootstrap, filled, 40) == 40
        consumer = Confluent.consumer(broker.bootstrap)
        partition = confluent_kafka.TopicPartition(filled, 0)
        assert consumer.get_watermark_offsets(partition, TIMEOUT_SECONDS) == (40, 100)
        consumer.close()
        found = Confluent.consume(broker.bootstrap, filled, 60, offset=40)
        assert [r.value for r in found] == [f"value-{n}".encode() for n in range(40, 100)]
        assert broker.sql(
            f"select min(\"offset\") first, count(*) n from messages where topic = '{filled}'"
        ) == [{"first": 40, "n": 60}]

    def test_an_offset_within_a_batch(self, broker, filled):
        assert self.delete(broker.bootstrap, filled, 45) == 45
        found = Confluent.consume(broker.bootstrap, filled, 55, offset=45)
        assert [r.offset for r in found] == list(range(45, 100))

    def test_minus_one_deletes_all_and_offsets_continue(self, broker, filled):
        assert self.delete(broker.bootstrap, filled, -1) == 100
        [sent] = Confluent.produce(broker.bootstrap, filled, [Record(b"k", b"v")])
        assert sent.offset == 100

    def test_an_offset_below_the_start_changes_nothing(self, broker, filled):
        assert self.delete(broker.bootstrap, filled, 40) == 40
        assert self.delete(broker.bootstrap, filled, 10) == 40

    def test_an_offset_beyond_the_end_is_refused(self, broker, filled):
        assert refusal(lambda: self.delete(broker.bootstrap, filled, 101)) == 1

    def test_kafka_python_deletes_records(self, broker, kafka_python, filled):
        partition = kafka.TopicPartition(filled, 0)
        result = kafka_python.delete_records({partition: 30})
        assert result[partition]["low_watermark"] == 30

    def test_the_start_survives_a_restart(self, own_broker):
        broker = own_broker()
        Confluent.produce(broker.bootstrap, "trimmed", texts(100), **{"batch.num.messages": 10})
        self.delete(broker.bootstrap, "trimmed", 45)
        broker.restart()
        found = KafkaPython.consume(broker.bootstrap, "trimmed", 55, offset=45)
        assert [r.offset for r in found] == list(range(45, 100))


class TestDescribeConfigs:
    source = confluent_kafka.admin.ConfigSource

    def describe(self, bootstrap, kind, name):
        resource = confluent_kafka.admin.ConfigResource(kind, name)
        return ask_admin(bootstrap, "describe_configs", [resource])

    def test_a_topic_shows_defaults_and_what_was_set_with_their_sources(self, broker, topic):
        create_topic(broker.bootstrap, topic, retention_ms=3_600_000, cleanup_policy="compact")
        found = self.describe(broker.bootstrap, "topic", topic)
        own, default = self.source.DYNAMIC_TOPIC_CONFIG.value, self.source.DEFAULT_CONFIG.value
        expected = {
            "retention.ms": ("3600000", own), "cleanup.policy": ("compact", own),
            "max.message.bytes": ("1048588", default), "compression.type": ("producer", default),
            "message.timestamp.type": ("CreateTime", default), "retention.bytes": ("-1", default),
            "min.insync.replicas": ("1", default), "segment.bytes": ("1073741824", default),
            "min.cleanable.dirty.ratio": ("0.5", default),
        }
        assert {k: (found[k].value, found[k].source) for k in expected} == expected

    def test_what_the_server_was_started_with_is_a_static_broker_config(self, own_broker):
        broker = own_broker("log.retention.ms=86400000", "num.partitions=3")
        name = create_topic(broker.bootstrap, "inherits")
        static = self.source.STATIC_BROKER_CONFIG.value
        found = self.describe(broker.bootstrap, "topic", name)["retention.ms"]
        assert (found.value, found.source) == ("86400000", static)
        cluster = cluster_of(broker.bootstrap)
        [node] = cluster.brokers
        found = self.describe(broker.bootstrap, "broker", str(node))["num.partitions"]
        assert (found.value, found.source) == ("3", static)

    def test_kafka_python_shows_what_was_set(self, broker, kafka_python, topic):
        create_topic(broker.bootstrap, topic, retention_ms=1_000)
        resource = kafka.admin.ConfigResource("TOPIC", topic)
        found = kafka_python.describe_configs([resource], config_filter="all")
        configs = found["topic"][topic]
        assert configs["retention.ms"]["value"] == "1000"
        assert configs["retention.ms"]["config_source"] == "DYNAMIC_TOPIC_CONFIG"
        assert configs["retention.bytes"]["config_source"] == "DEFAULT_CONFIG"

    def test_an_unknown_topic_is_refused(self, broker, topic):
        assert refusal(lambda: self.describe(broker.bootstrap, "topic", topic)) == 3

    def test_settings_survive_a_restart(self, own_broker):
        broker = own_broker()
        create_topic(broker.bootstrap, "set", retention_ms=3_600_000)
        broker.restart()
        assert self.describe(broker.bootstrap, "topic", "set")["retention.ms"].value == "3600000"


class TestDescribe:
    def test_confluent_describes_the_cluster(self, broker):
        found = ask_admin(broker.bootstrap, "describe_cluster")
        assert len(found.cluster_id) == 22
        [node] = found.nodes
        assert f"{node.host}:{node.port}" == broker.bootstrap
        assert found.controller.id == node.id

    def test_kafka_python_describes_the_cluster(self, broker, kafka_python):
        found = kafka_python.describe_cluster()
        assert len(found["cluster_id"]) == 22
        [node] = found["brokers"]
        assert f"{node['host']}:{node['port']}" == broker.bootstrap

    def test_confluent_describes_topics(self, broker, topic):
        create_topic(broker.bootstrap, topic, 2)
        names = confluent_kafka.TopicCollection([topic])
        found = ask_admin(broker.bootstrap, "describe_topics", names)
        assert [p.id for p in found.partitions] == [0, 1]
        assert not found.is_internal
        for partition in found.partitions:
            assert [r.id for r in partition.replicas] == [partition.leader.id]

    def test_a_topic_has_an_id_that_a_topic_of_the_same_name_does_not_get_again(
            self, broker, kafka_python, topic):
        ids = []
        for _ in range(2):
            create_topic(broker.bootstrap, topic)
            [found] = kafka_python.describe_topics([topic])
            ids.append(found["topic_id"])
            kafka_python.delete_topics([topic])
        assert len(set(ids)) == 2

    def test_log_dirs_show_the_size_of_every_partition(self, broker, kafka_python, topic):
        create_topic(broker.bootstrap, topic, 2)
        Confluent.produce(broker.bootstrap, topic, [Record(b"k", b"x" * 50_000)])
        [node] = kafka_python.describe_log_dirs({topic: [0, 1]})
        [directory] = node["log_dirs"]
        assert directory["error_code"] == 0
        [found] = directory["topics"]
        sizes = {p["partition_index"]: p["partition_size"] for p in found["partitions"]}
        assert sizes[0] > 50_000
        assert sizes[1] == 0
