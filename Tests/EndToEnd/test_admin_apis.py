"""What admin clients and Kafka's own tools ask of a cluster, beyond topics, groups and settings."""

import asyncio
import pathlib
import shutil
import sqlite3
import struct
import subprocess

import aiokafka.admin
import confluent_kafka
import confluent_kafka.admin as librdkafka
import kafka
import kafka.errors
import pytest
from kafka.protocol.admin import client_quotas

import kafka_broker
import wire
from broker import Broker
from clients import TIMEOUT_SECONDS, create_topic
from kafka_broker import KafkaBroker
from version_guess import guess

HERE = pathlib.Path(__file__).parent


@pytest.fixture
def kafka_python(broker):
    client = kafka.KafkaAdminClient(bootstrap_servers=broker.bootstrap)
    yield client
    client.close()


@pytest.fixture
def confluent(broker):
    return librdkafka.AdminClient({"bootstrap.servers": broker.bootstrap})


def outcome(future):
    """A future's result, or the error code that it has failed with."""
    try:
        return future.result(TIMEOUT_SECONDS)
    except confluent_kafka.KafkaException as error:
        return error.args[0].code()


class TestRelease:
    """Tools tell a cluster's release from its list of APIs, and one with holes is very old to them."""

    def test_the_list_has_no_holes(self, broker):
        with wire.Connection(broker.port) as connection:
            answer = connection.api_versions()
        newest = {key: last for key, _, last in struct.iter_unpack(">hhh", answer[10:])}
        assert guess(newest) == "between v4.0 and v4.1"

    def test_kafka_python_takes_it_for_a_release_of_today(self, kafka_python):
        node = kafka_python.describe_cluster()["brokers"][0]["broker_id"]
        assert kafka_python.get_broker_version_data(node).broker_version >= (4, 0)

    def test_features_are_told(self, kafka_python):
        features = kafka_python.describe_features()
        assert "metadata.version" in str(features)
        assert "group.version" in str(features)
        assert "transaction.version" in str(features)


class TestSecurity:
    def test_confluent_learns_that_there_are_no_access_rules(self, confluent):
        rule = (librdkafka.ResourceType.TOPIC, "t", librdkafka.ResourcePatternType.LITERAL,
                "User:a", "*", librdkafka.AclOperation.READ, librdkafka.AclPermissionType.ALLOW)
        [created] = confluent.create_acls([librdkafka.AclBinding(*rule)]).values()
        assert outcome(created) == 54
        [deleted] = confluent.delete_acls([librdkafka.AclBindingFilter(*rule)]).values()
        assert outcome(deleted) == 54
        # librdkafka does not tell its callers of the error that this answer has at its top.
        assert outcome(confluent.describe_acls(librdkafka.AclBindingFilter(*rule))) == []

    def test_confluent_learns_that_nobody_has_credentials(self, confluent):
        assert outcome(confluent.describe_user_scram_credentials()) == {}
        [alice] = confluent.describe_user_scram_credentials(["alice"]).values()
        assert outcome(alice) == 91
        info = librdkafka.ScramCredentialInfo(librdkafka.ScramMechanism.SCRAM_SHA_256, 8192)
        [set_one] = confluent.alter_user_scram_credentials([
            librdkafka.UserScramCredentialUpsertion("alice", info, b"secret")]).values()
        assert outcome(set_one) == 54
        [gone] = confluent.alter_user_scram_credentials([
            librdkafka.UserScramCredentialDeletion(
                "alice", librdkafka.ScramMechanism.SCRAM_SHA_256)]).values()
        assert outcome(gone) == 91

    def test_kafka_python_learns_it_too(self, kafka_python):
        with pytest.raises(kafka.errors.SecurityDisabledError):
            kafka_python.describe_acls(kafka.admin.ACLFilter(
                "User:a", "*", kafka.admin.ACLOperation.ANY, kafka.admin.ACLPermissionType.ANY,
                kafka.admin.ResourcePatternFilter(
                    kafka.admin.ResourceType.ANY, None, kafka.admin.ACLResourcePatternType.ANY)))

    def test_a_client_that_authenticates_is_told_that_it_must_not(self, broker):
        client = confluent_kafka.Producer({
            "bootstrap.servers": broker.bootstrap, "security.protocol": "SASL_PLAINTEXT",
            "sasl.mechanism": "PLAIN", "sasl.username": "alice", "sasl.password": "secret",
            "error_cb": lambda error: errors.append(str(error))})
        errors = []
        for _ in range(100):
            client.poll(0.1)
            if any("handshake" in error.lower() or "SASL" in error for error in errors):
                break
        assert any("handshake" in error.lower() or "SASL" in error for error in errors), errors


class TestReplicas:
    def test_confluent_finds_nothing_to_elect(self, broker, topic, confluent):
        create_topic(broker.bootstrap, topic, 2)
        partitions = [confluent_kafka.TopicPartition(topic, 0),
                      confluent_kafka.TopicPartition(topic, 9)]
        result = outcome(confluent.elect_leaders(confluent_kafka.ElectionType.PREFERRED, partitions))
        codes = {partition.partition: error.code() for partition, error in result.items()}
        assert codes == {0: 84, 9: 3}

    def test_kafka_python_moves_nothing(self, broker, topic, kafka_python):
        create_topic(broker.bootstrap, topic)
        partition = kafka.TopicPartition(topic, 0)
        assert not kafka_python.list_partition_reassignments()
        node = kafka_python.describe_cluster()["brokers"][0]["broker_id"]
        assert kafka_python.alter_partition_reassignments({partition: [node]}) == {partition: None}
        refused = kafka_python.alter_partition_reassignments({partition: [node + 1]})
        assert refused[partition].errno == 39
        assert not kafka_python.list_partition_reassignments()

    def test_kafka_python_sees_one_voter(self, kafka_python):
        quorum = str(kafka_python.describe_metadata_quorum())
        assert "current_voters" in quorum and "__cluster_metadata" in quorum


class TestProducers:
    def test_kafka_python_sees_who_produces(self, broker, topic, kafka_python):
        create_topic(broker.bootstrap, topic)
        producer = confluent_kafka.Producer(
            {"bootstrap.servers": broker.bootstrap, "enable.idempotence": True})
        producer.produce(topic, b"x", partition=0)
        assert producer.flush(TIMEOUT_SECONDS) == 0
        described = str(kafka_python.describe_producers([kafka.TopicPartition(topic, 0)]))
        assert "producer_id" in described and "last_sequence" in described


class TestQuotas:
    """None of the three Python clients has calls for quotas; kafka-python has the messages."""

    @staticmethod
    def ask(broker, request):
        client = kafka.KafkaAdminClient(bootstrap_servers=broker.bootstrap)
        try:
            return client._manager.run(client._manager.send, request)
        finally:
            client.close()

    def test_quotas_are_rows_that_outlive_a_restart(self, own_broker):
        broker = own_broker()
        entity = [("user", "alice"), ("client-id", None)]
        altered = self.ask(broker, client_quotas.AlterClientQuotasRequest(
            entries=[(entity, [("producer_byte_rate", 1048576.0, False)])], validate_only=False))
        assert [entry.error_code for entry in altered.entries] == [0]
        assert broker.sql("select user, client_id, ip, key, value from client_quotas") == [{
            "user": "alice", "client_id": "", "ip": None, "key": "producer_byte_rate",
            "value": 1048576.0}]
        broker.restart()
        described = self.ask(broker, client_quotas.DescribeClientQuotasRequest(
            components=[("user", 0, "alice")], strict=False))
        [entry] = described.entries
        assert [(value.key, value.value) for value in entry.values] == [
            ("producer_byte_rate", 1048576.0)]

    def test_a_row_that_is_no_quota_is_refused_by_the_table(self, own_broker):
        broker = own_broker()
        for values in ("null, null, null, 'producer_byte_rate', 1",
                       "'a', null, '10.0.0.1', 'producer_byte_rate', 1",
                       "'a', null, null, 'connection_creation_rate', 1",
                       "'a', null, null, 'pebbles', 1", "'a', null, null, 'producer_byte_rate', 0",
                       "'a', null, null, 'producer_byte_rate', null"):
            with pytest.raises(sqlite3.IntegrityError), sqlite3.connect(broker.data) as file:
                file.execute(f"insert into client_quotas values ({values}, 0)")


def test_aiokafka_describes_the_cluster(broker):
    async def describe():
        client = aiokafka.admin.AIOKafkaAdminClient(bootstrap_servers=broker.bootstrap)
        await client.start()
        try:
            return await client.describe_cluster()
        finally:
            await client.close()

    assert asyncio.run(describe())["brokers"]


# Kafka's own tools and client, where they are.


@pytest.fixture(scope="module")
def tools_broker(tmp_path_factory):
    kafka_broker.home()
    broker = Broker(tmp_path_factory.mktemp("tools"), ["node.id=1"]).start()
    create_topic(broker.bootstrap, "orders", 2)
    yield broker
    broker.close()


class Tools:
    """Kafka's command-line tools in one virtual machine each."""

    def __init__(self, broker, directory):
        self.broker, self.directory = broker, directory
        [library] = {jar.parent for jar in kafka_broker.home().glob("lib*/kafka-clients-*.jar")}
        self.library = library

    def run(self, name, *arguments, bootstrap="--bootstrap-server"):
        tool = subprocess.run(
            ["java", "-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp",
             f"{self.library}/*", f"org.apache.kafka.tools.{name}", bootstrap,
             self.broker.bootstrap, *arguments],
            capture_output=True, text=True, check=False, timeout=120)
        return tool.stdout + tool.stderr


@pytest.fixture
def tools(tools_broker, tmp_path):
    return Tools(tools_broker, tmp_path)


@pytest.mark.parametrize("name, arguments, words", [
    ("FeatureCommand", ["describe"], ["Feature: metadata.version", "4.4-IV2", "Feature: group.version"]),
    ("FeatureCommand", ["upgrade", "--feature", "group.version=1"], ["group.version was upgraded to 1"]),
    ("FeatureCommand", ["downgrade", "--feature", "group.version=0"], ["Could not downgrade"]),
    ("MetadataQuorumCommand", ["describe", "--status"],
     ["LeaderId:               1", "MaxFollowerLag:         0", '"endpoints": ["PLAINTEXT://']),
    ("MetadataQuorumCommand", ["describe", "--replication"], ["Leader"]),
    ("LeaderElectionCommand", ["--election-type", "preferred", "--all-topic-partitions"], []),
    ("BrokerApiVersionsCommand", [], ["SaslHandshake(17): 0 to 1", "DescribeQuorum(55): 0 to 2"]),
    ("AclCommand", ["--list"], ["SecurityDisabledException", "No Authorizer is configured"]),
    ("LogDirsCommand", ["--describe"], ["acta.db"]),
])
def test_a_tool_of_kafkas_says(tools, name, arguments, words):
    text = tools.run(name, *arguments)
    assert all(word in text for word in words), text
    for trouble in ("UnsupportedVersion", "TimeoutException", "UNSUPPORTED("):
        unserved = "UNSUPPORTED(" == trouble
        assert unserved or trouble not in text, text


def test_the_cluster_tool(tools):
    tool = subprocess.run(
        ["java", "-cp", f"{tools.library}/*", "org.apache.kafka.tools.ClusterTool", "cluster-id",
         "--bootstrap-server", tools.broker.bootstrap],
        capture_output=True, text=True, check=False, timeout=120)
    assert "Cluster ID: " in tool.stdout


def test_partitions_are_reassigned_to_where_they_are(tools):
    plan = tools.directory / "plan.json"
    plan.write_text('{"version": 1, "partitions": [{"topic": "orders", "partition": 0, '
                    '"replicas": [1]}]}')
    arguments = ["--reassignment-json-file", str(plan)]
    text = tools.run("reassign.ReassignPartitionsCommand", *arguments, "--execute")
    assert "Successfully started partition reassignment for orders-0" in text, text
    text = tools.run("reassign.ReassignPartitionsCommand", *arguments, "--verify")
    assert "Reassignment of partition orders-0 is completed" in text, text


#: Calls of Java's client whose outcome is not Kafka's, and means to be.
DIFFERENT = {
    "alterUserScramCredentials upsert": "Nobody authenticates, and nothing is kept.",
    "updateFeatures lower": "Features are those of the release.",
    "a fenced producer": "A refusal says what is wrong.",
}


def test_javas_admin_client_learns_the_same_of_both(tools, tmp_path):
    """Every call of Admin that is served, against Kafka and Acta: exceptions, messages and values."""
    if shutil.which("javac") is None:
        pytest.skip("there is no javac")
    classes = tmp_path / "classes"
    subprocess.run(["javac", "-cp", f"{tools.library}/*", "-d", str(classes),
                    str(HERE / "AdminCalls.java")], check=True, capture_output=True)
    beside = KafkaBroker(tmp_path / "kafka")
    try:
        beside.start()
        told = []
        for port in (beside.port, tools.broker.port):
            calls = subprocess.run(
                ["java", "-Xmx256m", "-cp", f"{classes}:{tools.library}/*", "AdminCalls",
                 f"127.0.0.1:{port}"], capture_output=True, text=True, check=False, timeout=180)
            assert calls.returncode == 0, calls.stdout + calls.stderr
            told.append(dict(line.split(" => ", 1) for line in calls.stdout.splitlines()))
    finally:
        beside.close()
    kafkas, ours = told
    differences = {call: (kafkas.get(call), ours.get(call)) for call in {**kafkas, **ours}
                   if kafkas.get(call) != ours.get(call)}
    assert set(differences) == set(DIFFERENT), "\n".join(
        f"{call}\n  Kafka {one}\n  Acta  {other}"
        for call, (one, other) in differences.items() if call not in DIFFERENT)
