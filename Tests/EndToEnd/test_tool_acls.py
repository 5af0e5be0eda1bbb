"""kafka-acls with a broker that has an authorizer, which ours has not yet: Kafka's."""

import pytest

from kafka_broker import KafkaBroker
from kafka_tools import ActaTools, KafkaTools

SETTINGS = {"authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users": "User:ANONYMOUS"}
ORDERS = "ResourcePattern(resourceType=TOPIC, name=orders, patternType=LITERAL)"


def entry(operation, principal="alice", host="*", permission="ALLOW"):
    return f"(principal=User:{principal}, host={host}, operation={operation}, permissionType={permission})"


@pytest.fixture(scope="module")
def tools():
    """Kafka's own, and ours."""
    theirs = KafkaTools()
    yield {"kafka": theirs, "acta": ActaTools()}
    theirs.close()


@pytest.fixture(scope="module")
def broker(tmp_path_factory):
    broker = KafkaBroker(tmp_path_factory.mktemp("kafka"), **SETTINGS).start()
    yield broker
    broker.close()


@pytest.fixture(params=["acta", "kafka"])
def acls(request, tools, broker):
    def call(*words, text=None):
        return tools[request.param].call(
            "kafka-acls", ["--bootstrap-server", broker.bootstrap, *words], text)
    yield call
    for words in (["--topic"], ["--group"], ["--transactional-id"]):
        call("--remove", *words, "orders", "--force")
    call("--remove", "--cluster", "--force")


def test_rules_are_added_listed_and_removed(acls):
    added = acls("--add", "--allow-principal", "User:alice", "--operation", "Read", "--topic", "orders")
    assert (added.out, added.err, added.code) == (
        f"Adding ACLs for resource `{ORDERS}`: \n \t{entry('READ')}\n\n", "", 0)
    again = acls("--add", "--allow-principal", "User:alice", "--operation", "Read", "--topic", "orders")
    assert again.out == f"Acl (pattern={ORDERS}, entry={entry('READ')}) already exists.\n"
    listed = f"Current ACLs for resource `{ORDERS}`:\n\t{entry('READ')}\n\n"
    for words in ([], ["--topic", "orders"], ["--topic", "orders", "--resource-pattern-type", "match"]):
        assert acls("--list", *words).out == listed
    assert acls("--list", "--principal", "User:alice").out == (
        "ACLs for principal `User:alice`\n" + listed)
    assert acls("--list", "--principal", "User:bob").out == "ACLs for principal `User:bob`\n"
    assert acls("--list", "--topic", "other").out == ""
    removed = acls("--remove", "--topic", "orders", "--force")
    assert (removed.out, removed.code) == ("", 0)
    assert acls("--list").out == ""


@pytest.mark.parametrize(("words", "resources"), [
    (["--producer", "--topic", "orders"], {"TOPIC": {"WRITE", "DESCRIBE", "CREATE"}}),
    (["--producer", "--idempotent", "--topic", "orders", "--transactional-id", "orders"],
     {"TOPIC": {"WRITE", "DESCRIBE", "CREATE"}, "TRANSACTIONAL_ID": {"WRITE", "DESCRIBE"},
      "CLUSTER": {"IDEMPOTENT_WRITE"}}),
    (["--consumer", "--topic", "orders", "--group", "orders"],
     {"TOPIC": {"READ", "DESCRIBE"}, "GROUP": {"READ"}}),
    (["--operation", "All", "--operation", "alterConfigs", "--topic", "orders", "--deny-principal",
      "User:bob", "--deny-host", "10.0.0.1"], {"TOPIC": {"ALL", "ALTER_CONFIGS"}}),
])
def test_what_roles_need(acls, words, resources):
    acls("--add", "--allow-principal", "User:alice", *words)
    names = {"CLUSTER": "kafka-cluster"}
    listed = acls("--list").out
    blocks = listed.split("\n\n")[:-1]
    found = {}
    for block in blocks:
        title, *lines = block.split("\n")
        for kind in resources:
            name = names.get(kind, "orders")
            if title == (f"Current ACLs for resource `ResourcePattern(resourceType={kind}, name={name}, "
                         "patternType=LITERAL)`:"):
                found[kind] = set(lines)
    expected = {kind: {"\t" + entry(one) for one in ones} for kind, ones in resources.items()}
    if "--deny-principal" in words:
        expected["TOPIC"] |= {
            "\t" + entry(one, "bob", "10.0.0.1", "DENY") for one in resources["TOPIC"]}
    assert found == expected and len(blocks) == len(expected), listed


def test_ours_asks_before_it_removes(tools, broker):
    def call(*words, text=None):
        return tools["acta"].call(
            "kafka-acls", ["--bootstrap-server", broker.bootstrap, *words], text)
    call("--add", "--allow-principal", "User:alice", "--operation", "Read", "--topic", "orders")
    asked = call("--remove", "--topic", "orders", text="n\n")
    assert asked.out == f"Are you sure you want to delete all ACLs for resource filter `{ORDERS}`? (y/n)\n"
    assert "READ" in call("--list").out
    asked = call("--remove", "--allow-principal", "User:alice", "--operation", "Read", "--topic",
                 "orders", text="Y\n")
    assert asked.out == (f"Are you sure you want to remove ACLs: \n \t{entry('READ')}\n from resource "
                         f"filter `{ORDERS}`? (y/n)\n")
    assert call("--list").out == ""
