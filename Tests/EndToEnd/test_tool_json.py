"""Listings for programs: every one takes --output json, and prints one line."""

import json
import subprocess

import pytest

from broker import binary

SERVED = "--bootstrap-server {bootstrap}"
LINES = {
    f"topics {SERVED} --list": str,
    f"topics {SERVED} --describe": dict,
    f"groups {SERVED} --list": dict,
    f"consumer-groups {SERVED} --list": dict,
    f"consumer-groups {SERVED} --describe --all-groups": dict,
    f"consumer-groups {SERVED} --describe --all-groups --members": dict,
    f"consumer-groups {SERVED} --describe --all-groups --state": dict,
    f"configs {SERVED} --entity-type topics --describe": dict,
    f"get-offsets {SERVED}": dict,
    f"cluster list-endpoints {SERVED}": dict,
    f"cluster api-versions {SERVED}": dict,
    f"broker-api-versions {SERVED}": dict,
    f"transactions {SERVED} list": dict,
    f"transactions {SERVED} describe-producers --topic {{topic}} --partition 0": dict,
    f"features {SERVED} describe": dict,
}


def run(*words):
    return subprocess.run([binary(), *words], capture_output=True, text=True, check=True).stdout


@pytest.fixture
def filled(broker, topic):
    """A topic with a record and a group that has read it, and a transactional id."""
    from confluent_kafka import Consumer, Producer
    servers = {"bootstrap.servers": broker.bootstrap}
    producer = Producer({**servers, "transactional.id": f"id-of-{topic}"})
    producer.init_transactions()
    producer.begin_transaction()
    producer.produce(topic, "a", partition=0)
    producer.commit_transaction()
    consumer = Consumer({**servers, "group.id": f"group-of-{topic}", "auto.offset.reset": "earliest"})
    consumer.subscribe([topic])
    assert consumer.poll(30).value() == b"a"
    consumer.commit(asynchronous=False)
    yield broker, topic
    consumer.close()


def test_every_listing_is_there_for_programs(filled):
    broker, topic = filled
    for line, kind in LINES.items():
        words = line.format(bootstrap=broker.bootstrap, topic=topic).split()
        out = run(*words, "--output", "json")
        assert out.count("\n") == 1, line
        listed = json.loads(out)
        assert isinstance(listed, list) and listed, line
        assert all(isinstance(one, kind) for one in listed), line
    [endpoint] = json.loads(run("cluster", "list-endpoints", "-b", broker.bootstrap, "--output", "json"))
    assert (endpoint["id"], endpoint["port"], endpoint["rack"]) == (1, broker.port, None)
    [speaking] = json.loads(
        run("broker-api-versions", "--bootstrap-server", broker.bootstrap, "--output", "json"))
    assert {"key": 0, "name": "Produce", "min": 0, "max": 13, "usable": 13} in speaking["apis"]
    [transaction] = [
        one for one in json.loads(
            run("transactions", "--bootstrap-server", broker.bootstrap, "list", "--output", "json"))
        if one["transactionalId"] == f"id-of-{topic}"]
    assert transaction["coordinator"] == 1 and isinstance(transaction["producerId"], int)


REFUSED = [
    "consumer-groups {served} --describe --group nobody",
    "consumer-groups {served} --describe --group {group} --group nobody",
    "topics {served} --describe --topic nowhere",
    "configs {served} --describe --topic nowhere",
    "acls {served} --list",
    "consumer-groups {served} --delete --group nobody",
]


def test_what_fails_leaves_standard_output_to_json(filled):
    """Kafka's tools tell it there, and kafka-consumer-groups ends with 0."""
    broker, topic = filled
    served = f"--bootstrap-server {broker.bootstrap}"
    for line in REFUSED:
        words = line.format(served=served, group=f"group-of-{topic}").split()
        ended = subprocess.run([binary(), *words, "--output", "json"], capture_output=True, text=True, check=False)
        assert (ended.returncode, ended.stdout) == (1, ""), line
        assert ended.stderr, line
    reset = ["consumer-groups", *served.split(), "--reset-offsets", "--dry-run", "--topic", topic, "--output", "json"]
    inactive = subprocess.run([binary(), *reset, "--group", f"group-of-{topic}", "--to-earliest"],
                              capture_output=True, text=True, check=True)
    assert json.loads(inactive.stdout) == []
    assert "can only be reset if the group" in inactive.stderr
    late = subprocess.run([binary(), *reset, "--group", "new", "--to-datetime", "2996-01-01T00:00:00.000"],
                          capture_output=True, text=True, check=True)
    assert all(row["group"] == "new" for row in json.loads(late.stdout))
    assert "Warn: Partition 0" in late.stderr
