"""Configurations that change while the broker runs: by the admin clients, by SQL, by Kafka's own tools."""

import asyncio
import os
import pathlib
import shutil
import sqlite3
import subprocess
import time

import aiokafka.admin
import confluent_kafka
import confluent_kafka.admin
import kafka.admin
import pytest

from broker import Broker
from clients import TIMEOUT_SECONDS, create_topic

TOPIC = confluent_kafka.admin.ConfigResource.Type.TOPIC
BROKER = confluent_kafka.admin.ConfigResource.Type.BROKER
Operation = confluent_kafka.admin.AlterConfigOpType
PATIENCE_SECONDS = 10


def resource(kind, name, **changes):
    """One that sets what is named, with dots for underscores, and deletes what is None."""
    entries = [
        confluent_kafka.admin.ConfigEntry(
            key.replace("_", "."), value or "",
            incremental_operation=Operation.DELETE if value is None else Operation.SET)
        for key, value in changes.items()]
    return confluent_kafka.admin.ConfigResource(kind, name, incremental_configs=entries)


def admin(broker):
    return confluent_kafka.admin.AdminClient(
        {"bootstrap.servers": broker.bootstrap, "client.id": "the-admin"})


def alter(broker, *resources):
    client = admin(broker)  # What is under way ends with it.
    for future in client.incremental_alter_configs(list(resources)).values():
        future.result(TIMEOUT_SECONDS)


def described(broker, kind, name):
    client = admin(broker)
    [future] = client.describe_configs(
        [confluent_kafka.admin.ConfigResource(kind, name)]).values()
    return future.result(TIMEOUT_SECONDS)


def value(broker, kind, name, key):
    entry = described(broker, kind, name)[key]
    return entry.value, entry.source


def change(broker, sql):
    with sqlite3.connect(broker.data, timeout=10) as database:
        database.execute(sql)
    database.close()


def eventually(what, expected, seconds=PATIENCE_SECONDS):
    deadline = time.monotonic() + seconds
    while (found := what()) != expected:
        assert time.monotonic() < deadline, found
        time.sleep(0.02)


def can_produce(broker, topic, size):
    """Over a connection of its own."""
    producer = confluent_kafka.Producer({
        "bootstrap.servers": broker.bootstrap, "message.max.bytes": 5_000_000, "linger.ms": 0})
    errors = []
    producer.produce(topic, b"x" * size, on_delivery=lambda error, _: errors.append(error))
    producer.flush(TIMEOUT_SECONDS)
    [error] = errors
    assert error is None or error.code() == confluent_kafka.KafkaError.MSG_SIZE_TOO_LARGE, error
    return error is None


class TestConfluent:
    def test_a_topic_is_configured_and_shown(self, broker, topic):
        create_topic(broker.bootstrap, topic)
        alter(broker, resource(TOPIC, topic, retention_ms="1234", cleanup_policy="compact"))
        assert value(broker, TOPIC, topic, "retention.ms") == ("1234", 1)
        assert value(broker, TOPIC, topic, "cleanup.policy") == ("compact", 1)
        alter(broker, resource(TOPIC, topic, retention_ms=None))
        assert value(broker, TOPIC, topic, "retention.ms")[1] == 5
        assert value(broker, TOPIC, topic, "cleanup.policy") == ("compact", 1)

    def test_the_old_call_replaces_all(self, broker, topic):
        create_topic(broker.bootstrap, topic)
        alter(broker, resource(TOPIC, topic, retention_ms="1234"))
        one = confluent_kafka.admin.ConfigResource(TOPIC, topic, set_config={"segment.ms": "99"})
        client = admin(broker)
        [future] = client.alter_configs([one]).values()
        future.result(TIMEOUT_SECONDS)
        assert value(broker, TOPIC, topic, "segment.ms") == ("99", 1)
        assert value(broker, TOPIC, topic, "retention.ms")[1] == 5

    def test_the_next_produce_of_others_goes_by_the_new_limit(self, broker, topic):
        create_topic(broker.bootstrap, topic)
        assert can_produce(broker, topic, 2_000)
        alter(broker, resource(TOPIC, topic, max_message_bytes="1000"))
        assert not can_produce(broker, topic, 2_000)
        alter(broker, resource(TOPIC, topic, max_message_bytes="2000000"))
        assert can_produce(broker, topic, 1_500_000)

    def test_a_refusal_says_what_is_wrong_and_harms_no_neighbour(self, broker, topic):
        create_topic(broker.bootstrap, topic)
        create_topic(broker.bootstrap, f"{topic}-b")
        good = resource(TOPIC, f"{topic}-b", retention_ms="77")
        bad = resource(TOPIC, topic, retention_ms="-2")
        client = admin(broker)
        futures = client.incremental_alter_configs([bad, good])
        with pytest.raises(confluent_kafka.KafkaException) as failure:
            futures[bad].result(TIMEOUT_SECONDS)
        assert failure.value.args[0].code() == 40
        assert failure.value.args[0].str() == (
            "Invalid value -2 for configuration retention.ms: Value must be at least -1")
        futures[good].result(TIMEOUT_SECONDS)
        assert value(broker, TOPIC, f"{topic}-b", "retention.ms") == ("77", 1)

    def test_the_brokers_own_beats_the_defaults_of_all(self, own_broker, topic):
        broker = own_broker("message.max.bytes=5000")
        create_topic(broker.bootstrap, topic)
        assert value(broker, TOPIC, topic, "max.message.bytes") == ("5000", 4)
        alter(broker, resource(BROKER, "1", message_max_bytes="7000"))
        assert value(broker, TOPIC, topic, "max.message.bytes") == ("7000", 2)
        assert not can_produce(broker, topic, 10_000)
        alter(broker, resource(BROKER, "1", message_max_bytes="20000"))
        assert can_produce(broker, topic, 10_000)
        broker.restart()
        assert value(broker, BROKER, "1", "message.max.bytes") == ("20000", 2)
        alter(broker, resource(BROKER, "1", message_max_bytes=None))
        assert value(broker, BROKER, "1", "message.max.bytes") == ("5000", 4)


def test_kafka_python_describes_and_alters(broker, topic):
    create_topic(broker.bootstrap, topic)
    client = kafka.admin.KafkaAdminClient(bootstrap_servers=broker.bootstrap)
    try:
        kind = kafka.admin.ConfigResourceType.TOPIC
        client.alter_configs([kafka.admin.ConfigResource(kind, topic, {"retention.ms": "4321"})])
    finally:
        client.close()
    assert value(broker, TOPIC, topic, "retention.ms") == ("4321", 1)


def test_aiokafka_describes_and_alters(broker, topic):
    create_topic(broker.bootstrap, topic)
    kind = aiokafka.admin.config_resource.ConfigResourceType.TOPIC

    def one(configs=None):
        return aiokafka.admin.config_resource.ConfigResource(kind, topic, configs)

    async def run():
        client = aiokafka.admin.AIOKafkaAdminClient(bootstrap_servers=broker.bootstrap)
        await client.start()
        try:
            await client.alter_configs([one({"retention.ms": "4321"})])
            return await client.describe_configs([one({"retention.ms": ""})])
        finally:
            await client.close()

    [answer] = asyncio.run(run())
    [[_, _, _, _, configs]] = answer.resources
    assert [entry[:2] for entry in configs] == [("retention.ms", "4321")]


class TestSQL:
    def test_a_row_takes_effect_within_a_second(self, broker, topic):
        create_topic(broker.bootstrap, topic)
        change(broker, f"""INSERT INTO config_overrides(entity_type, entity_name, name, value)
            VALUES ('topic', '{topic}', 'max.message.bytes', '1000')""")
        eventually(lambda: value(broker, TOPIC, topic, "max.message.bytes"), ("1000", 1), 1)
        assert not can_produce(broker, topic, 2_000)
        change(broker, f"DELETE FROM config_overrides WHERE entity_name = '{topic}'")
        eventually(lambda: value(broker, TOPIC, topic, "max.message.bytes")[1], 5, 1)
        assert can_produce(broker, topic, 2_000)

    def test_a_row_about_a_topic_that_is_not_there_is_refused(self, broker):
        with pytest.raises(sqlite3.IntegrityError, match="there is no such topic"):
            change(broker, """INSERT INTO config_overrides(entity_type, entity_name, name, value)
                VALUES ('topic', 'nowhere', 'retention.ms', '1000')""")

    def test_an_illegal_row_is_named_once_and_not_in_force(self, own_broker, topic):
        broker = own_broker()
        create_topic(broker.bootstrap, topic)
        change(broker, f"""INSERT INTO config_overrides(entity_type, entity_name, name, value)
            VALUES ('topic', '{topic}', 'retention.ms', 'soon')""")
        sentence = f"'retention.ms' of topic '{topic}' is not in force"
        eventually(lambda: sentence in broker.printed_since(0), True)
        assert value(broker, TOPIC, topic, "retention.ms")[1] == 5
        alter(broker, resource(BROKER, "1", message_max_bytes="7000"))
        time.sleep(0.3)
        assert broker.printed_since(0).count(sentence) == 1
        broker.restart()
        assert broker.printed_since(0).count(sentence) == 2

    def test_who_changed_the_retention_of_a_topic_is_one_query(self, broker, topic):
        create_topic(broker.bootstrap, topic)
        alter(broker, resource(TOPIC, topic, retention_ms="1000"))
        change(broker, f"UPDATE config_overrides SET value = '2000' WHERE entity_name = '{topic}'")
        rows = broker.sql(f"""SELECT value_before, value_after, through, principal, client, host,
            client_software FROM config_changes
            WHERE kind = 'topic' AND name = '{topic}' AND config = 'retention.ms' ORDER BY id""")
        assert [list(row.values()) for row in rows] == [
            [None, "1000", "IncrementalAlterConfigs", "User:ANONYMOUS", "the-admin", "/127.0.0.1",
             rows[0]["client_software"]],
            ["1000", "2000", "SQL", None, None, None, None]]
        assert rows[0]["client_software"] == "confluent-kafka-python"


def test_what_was_answered_survives_a_kill(own_broker, topic):
    broker = own_broker()
    create_topic(broker.bootstrap, topic)
    for round_number in range(3):
        expected = str(1_000 + round_number)
        alter(broker, resource(TOPIC, topic, retention_ms=expected),
              resource(BROKER, "1", message_max_bytes=f"10{round_number}000"))
        broker.kill9()
        broker.start()
        assert value(broker, TOPIC, topic, "retention.ms") == (expected, 1)
        assert value(broker, BROKER, "1", "message.max.bytes") == (f"10{round_number}000", 2)


class TestKafkasTools:
    """The commands of a course on configuration."""

    @pytest.fixture(scope="class")
    def tool(self, tmp_path_factory):
        home = os.environ.get("KAFKA_HOME")
        if not home or shutil.which("java") is None:
            pytest.skip("KAFKA_HOME names no distribution of Apache Kafka, or there is no java")
        [library] = {jar.parent for jar in pathlib.Path(home).glob("lib*/kafka-clients-*.jar")}
        broker = Broker(tmp_path_factory.mktemp("tools")).start()
        create_topic(broker.bootstrap, "orders")

        def run(*arguments):
            done = subprocess.run(
                ["java", "-Xmx256m", "-XX:TieredStopAtLevel=1", "-cp", f"{library}/*",
                 "org.apache.kafka.tools.ConfigCommand", "--bootstrap-server", broker.bootstrap,
                 *arguments], capture_output=True, text=True, timeout=60, check=False)
            return done.stdout + done.stderr
        yield run
        broker.close()

    def test_a_topic(self, tool):
        orders = ["--entity-type", "topics", "--entity-name", "orders"]
        assert "Completed updating config for topic orders." in tool(
            *orders, "--alter", "--add-config", "retention.ms=1000,cleanup.policy=[compact,delete]")
        shown = tool(*orders, "--describe")
        assert "retention.ms=1000 sensitive=false synonyms={DYNAMIC_TOPIC_CONFIG:retention.ms=1000" in shown
        assert "cleanup.policy=compact,delete" in shown
        assert "max.message.bytes" in tool(*orders, "--describe", "--all")
        tool(*orders, "--alter", "--delete-config", "retention.ms,cleanup.policy")
        assert "retention.ms" not in tool(*orders, "--describe")
        assert "Invalid value -2 for configuration retention.ms" in tool(
            *orders, "--alter", "--add-config", "retention.ms=-2")

    def test_a_broker_and_the_defaults(self, tool):
        one, all_ = (["--entity-type", "brokers", "--entity-name", "1"],
                     ["--entity-type", "brokers", "--entity-default"])
        assert "Completed updating config for broker 1." in tool(
            *one, "--alter", "--add-config", "log.cleaner.threads=2")
        assert "Completed updating default config for brokers" in tool(
            *all_, "--alter", "--add-config", "message.max.bytes=70000")
        assert "log.cleaner.threads=2" in tool(*one, "--describe")
        assert "message.max.bytes=70000" in tool(*all_, "--describe")
        assert "DYNAMIC_DEFAULT_BROKER_CONFIG:message.max.bytes=70000" in tool(
            *one, "--describe", "--all")
        tool(*all_, "--alter", "--delete-config", "message.max.bytes")
        assert "message.max.bytes" not in tool(*all_, "--describe")

    def test_a_group_and_loggers(self, tool):
        group = ["--entity-type", "groups", "--entity-name", "readers"]
        assert "Completed updating config for group readers." in tool(
            *group, "--alter", "--add-config", "consumer.session.timeout.ms=50000")
        assert "consumer.session.timeout.ms=50000" in tool(*group, "--describe")
        loggers = ["--entity-type", "broker-loggers", "--entity-name", "1"]
        assert "Completed updating config for broker-logger 1." in tool(
            *loggers, "--alter", "--add-config", "acta=DEBUG")
        assert "acta=DEBUG" in tool(*loggers, "--describe")
