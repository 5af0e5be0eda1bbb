"""What the two brokers are asked by admin tools: see kafka_scripts."""

import time
import uuid

from kafka_comparison import PATIENCE_SECONDS
from kafka_scripts import TIME, asker, script
from wire import batch

SOMEWHERE = uuid.UUID(int=5)
NOBODY = uuid.UUID(int=0)


@script
def sasl_handshake(peer, version):
    asker(peer, "SaslHandshake", version)("plaintext", Mechanism="PLAIN")


@script
def sasl_authenticate(peer, version):
    asker(peer, "SaslAuthenticate", version)("plaintext", AuthBytes=b"\0alice\0secret")


@script
def describe_acls(peer, version):
    ask = asker(peer, "DescribeAcls", version)
    every = {"ResourceTypeFilter": 1, "ResourceNameFilter": None, "PatternTypeFilter": 1,
             "PrincipalFilter": None, "HostFilter": None, "Operation": 1, "PermissionType": 1}
    ask("all", **every)
    ask("a topic", **{**every, "ResourceTypeFilter": 2, "ResourceNameFilter": "t"})
    ask("a type nobody knows", **{**every, "ResourceTypeFilter": 99})
    for field in ("ResourceTypeFilter", "PatternTypeFilter", "Operation", "PermissionType"):
        ask(f"closed: {field} 0", **{**every, field: 0})


@script
def create_acls(peer, version):
    ask = asker(peer, "CreateAcls", version)
    one = {"ResourceType": 2, "ResourceName": "t", "ResourcePatternType": 3,
           "Principal": "User:alice", "Host": "*", "Operation": 3, "PermissionType": 3}
    ask("two", Creations=[one, one])
    ask("none", Creations=[])
    ask("a principal that is none", Creations=[{**one, "Principal": "alice"}])
    for field in ("ResourceType", "ResourcePatternType", "Operation", "PermissionType"):
        ask(f"closed: {field} 0", Creations=[{**one, field: 0}])


@script
def delete_acls(peer, version):
    ask = asker(peer, "DeleteAcls", version)
    one = {"ResourceTypeFilter": 2, "ResourceNameFilter": "t", "PatternTypeFilter": 3,
           "PrincipalFilter": None, "HostFilter": None, "Operation": 1, "PermissionType": 1}
    ask("two", Filters=[one, one])
    ask("none", Filters=[])
    for field in ("ResourceTypeFilter", "PatternTypeFilter", "Operation", "PermissionType"):
        ask(f"closed: {field} 0", Filters=[{**one, field: 0}])


@script
def create_delegation_token(peer, version):
    ask = asker(peer, "CreateDelegationToken", version)
    ask("one", Renewers=[], MaxLifetimeMs=-1)
    ask("renewers", Renewers=[{"PrincipalType": "User", "PrincipalName": "a"}], MaxLifetimeMs=5)
    ask("for another", Renewers=[], MaxLifetimeMs=-1, OwnerPrincipalType="User",
        OwnerPrincipalName="bob")
    ask("for another without a type", Renewers=[], MaxLifetimeMs=-1, OwnerPrincipalType="",
        OwnerPrincipalName="bob")


@script
def renew_delegation_token(peer, version):
    asker(peer, "RenewDelegationToken", version)("one", Hmac=b"a", RenewPeriodMs=1)


@script
def expire_delegation_token(peer, version):
    asker(peer, "ExpireDelegationToken", version)("one", Hmac=b"a", ExpiryTimePeriodMs=1)


@script
def describe_delegation_token(peer, version):
    ask = asker(peer, "DescribeDelegationToken", version)
    ask("all", Owners=None)
    ask("none", Owners=[])
    ask("one's", Owners=[{"PrincipalType": "User", "PrincipalName": "a"}])


@script
def describe_user_scram_credentials(peer, version):
    ask = asker(peer, "DescribeUserScramCredentials", version)
    ask("all", Users=None)
    ask("none", Users=[])
    ask("some", Users=[{"Name": name} for name in ("u", "", "v")])
    ask("twice", Users=[{"Name": name} for name in ("u", "v", "u")])


@script
def alter_user_scram_credentials(peer, version):
    ask = asker(peer, "AlterUserScramCredentials", version)
    one = {"Mechanism": 1, "Iterations": 4096, "Salt": b"salt", "SaltedPassword": b"p" * 32}
    ask("nothing", Deletions=[], Upsertions=[])
    ask("deletions", Upsertions=[], Deletions=[
        {"Name": name, "Mechanism": mechanism}
        for name, mechanism in (("gone", 1), ("", 1), ("x", 9), ("gone-too", 2))])
    ask("a deletion twice", Upsertions=[], Deletions=2 * [{"Name": "gone", "Mechanism": 1}])
    ask("bad ones", Deletions=[], Upsertions=[
        {**one, "Name": "few", "Iterations": 4095}, {**one, "Name": "many", "Iterations": 16385},
        {**one, "Name": ""}, {**one, "Name": "strange", "Mechanism": 7, "Iterations": 1}])
    ask("twice", Deletions=[], Upsertions=[
        {**one, "Name": "twice"}, {**one, "Name": "twice", "Mechanism": 2}])
    ask("bad and good", Deletions=[], Upsertions=[
        {**one, "Name": "mixed", "Iterations": 1}, {**one, "Name": "mixed"}])
    ask("gone and new", Deletions=[{"Name": "both", "Mechanism": 2}],
        Upsertions=[{**one, "Name": "both"}])
    ask("a good one", Deletions=[], Upsertions=[{**one, "Name": f"alice-{version}"}])


def entity(**parts):
    """By type, where `user=None` is everybody else."""
    return [{"EntityType": kind.replace("_", "-"), "EntityName": name}
            for kind, name in parts.items()]


def quota(parts, *operations):
    """Operations as (key, value); no value takes the quota away."""
    return {"Entity": parts, "Ops": [
        {"Key": key, "Value": 0.0 if value is None else value, "Remove": value is None}
        for key, value in operations]}


def kept(peer, user, count):
    """Waits until so many entities with this user can be seen: Kafka's brokers learn of them later."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    asked = {"Components": [{"EntityType": "user", "MatchType": 0, "Match": user}], "Strict": False}
    while len(peer.do("DescribeClientQuotas", asked)["Entries"]) < count:
        assert time.monotonic() < deadline, user
        time.sleep(0.02)


@script
def alter_client_quotas(peer, version):
    ask = asker(peer, "AlterClientQuotas", version)
    name = f"quota-{version}"

    def alter(title, *entries, dry=False):
        ask(title, Entries=list(entries), ValidateOnly=dry)

    def one(title, key, value, parts=entity(user=name)):
        alter(title, quota(parts, (key, value)))

    one("a rate", "producer_byte_rate", 100.0)
    one("the same again", "producer_byte_rate", 100.0)
    one("a share", "request_percentage", 0.25)
    one("a mutation rate", "controller_mutation_rate", 0.5)
    one("gone", "request_percentage", None)
    one("a key nobody knows, gone", "pebbles", None)
    one("everybody else", "consumer_byte_rate", 5.0, entity(user=None, client_id=name))
    one("an address", "connection_creation_rate", 5.0, entity(ip="10.0.0.7"))
    one("an address of IPv6", "connection_creation_rate", 5.0, entity(ip="fe80::7"))
    # Kafka goes by it at once, and the tests come from such an address.
    one("every other address", "connection_creation_rate", 1e6, entity(ip=None))
    alter("only asked", quota(entity(user=f"{name}-dry"), ("producer_byte_rate", 1.0)), dry=True)
    alter("nothing")
    alter("no operations", quota(entity(user=name)))
    for value in (0.0, -1.0, 1.5, 1e30, float("nan"), float("inf"), float("-inf"), 1e-9, 3.0000001):
        one(f"refused: {value}", "producer_byte_rate", value)
    one("refused: a share of 0", "request_percentage", 0.0)
    one("refused: an endless share", "request_percentage", float("inf"))
    one("refused: a key nobody knows", "pebbles", 1.0)
    one("refused: an address's key", "connection_creation_rate", 1.0)
    one("refused: a user's key", "producer_byte_rate", 1.0, entity(ip="10.0.0.7"))
    one("refused: too many connections", "connection_creation_rate", 3e9, entity(ip="10.0.0.7"))
    one("refused: half a connection", "connection_creation_rate", 0.5, entity(ip="10.0.0.7"))
    one("refused: no address", "connection_creation_rate", 1.0, entity(ip="10.0.0.300"))
    one("refused: an empty address", "connection_creation_rate", 1.0, entity(ip=""))
    one("refused: a user's address", "producer_byte_rate", 1.0, entity(user=name, ip="10.0.0.7"))
    one("refused: nobody", "producer_byte_rate", 1.0, [])
    one("refused: an empty name", "producer_byte_rate", 1.0, entity(user=""))
    one("refused: an empty client id", "producer_byte_rate", 1.0, entity(client_id=""))
    one("refused: of what kind", "producer_byte_rate", 1.0, entity(planet="x"))
    one("a user twice", "producer_byte_rate", 1.0, entity(user=f"{name}-1") + entity(user=name))
    alter("a key twice", quota(entity(user=f"{name}-2"), ("producer_byte_rate", 1.0),
                               ("producer_byte_rate", 2.0)))
    alter("an entity twice",
          quota(entity(user=f"{name}-3", client_id="c"), ("producer_byte_rate", 1.0)),
          quota(entity(client_id="c", user=f"{name}-3"), ("consumer_byte_rate", 1.0)))
    alter("good and bad", quota(entity(user=f"{name}-4"), ("producer_byte_rate", 1.0)),
          quota(entity(user=f"{name}-5"), ("pebbles", 1.0), ("producer_byte_rate", 1.0)),
          quota([], ("pebbles", 1.0)))
    kept(peer, f"{name}-4", 1)
    for user in (name, f"{name}-1", f"{name}-2", f"{name}-4", f"{name}-5", f"{name}-dry"):
        peer.ask(f"what is kept of {user}", "DescribeClientQuotas", 1, {
            "Components": [{"EntityType": "user", "MatchType": 0, "Match": user}],
            "Strict": False})


@script
def describe_client_quotas(peer, version):
    ask = asker(peer, "DescribeClientQuotas", version)
    name = f"quotas-{version}"
    rates = ("producer_byte_rate", 10.0), ("consumer_byte_rate", 20.0)
    peer.do("AlterClientQuotas", {"ValidateOnly": False, "Entries": [
        quota(entity(user=name), *rates), quota(entity(user=name, client_id="c"), *rates),
        quota(entity(client_id=name), *rates), quota(entity(user=None, client_id=name), *rates),
        quota(entity(user=name, client_id=None), *rates),
        *2 * [quota(entity(user=f"{name}-twice"), *rates)],
        quota(entity(ip="10.0.1.1"), ("connection_creation_rate", 4.0))]})

    kept(peer, name, 3)

    def look(title, *components, strict=False):
        ask(title, Strict=strict, Components=[
            {"EntityType": kind, "MatchType": match, "Match": name}
            for kind, match, name in components])

    look("a user", ("user", 0, name))
    look("a user alone", ("user", 0, name), strict=True)
    look("a client id", ("client-id", 0, name))
    look("both", ("user", 0, name), ("client-id", 2, None))
    look("with everybody else's client", ("user", 0, name), ("client-id", 1, None))
    look("an address", ("ip", 0, "10.0.1.1"))
    look("nobody", ("user", 0, f"{name}-none"))
    look("who was named twice", ("user", 0, f"{name}-twice"))
    look("an empty name", ("user", 0, ""))
    look("nothing, strictly", strict=True)
    look("refused: no name", ("user", 0, None))
    look("refused: everybody else by name", ("user", 1, name))
    look("refused: anybody by name", ("user", 2, name))
    look("refused: match 9", ("user", 9, None))
    look("refused: of what kind", ("planet", 2, None))
    look("refused: of no kind", ("", 2, None))
    look("refused: twice", ("user", 0, name), ("user", 2, None))
    look("refused: an address and a user", ("ip", 2, None), ("user", 2, None))


@script
def alter_replica_log_dirs(peer, version):
    ask = asker(peer, "AlterReplicaLogDirs", version)
    name = f"move-{version}"
    for topic in (name, f"{name}-b"):
        peer.topic(topic, 2)
    here = peer.do("DescribeLogDirs", {"Topics": []})["Results"][0]["LogDir"]

    def move(title, *dirs):
        ask(title, Dirs=[{"Path": path, "Topics": [
            {"Name": topic, "Partitions": list(partitions)} for topic, *partitions in topics]}
            for path, *topics in dirs])

    move("where they are", (here, (name, 0, 1)))
    move("nothing")
    move("no partitions", (here, (name,)))
    move("partitions twice", (here, (name, 0, 0, 1)))
    move("elsewhere and here", ("/nowhere", (name, 0)), (here, (name, 0)))
    move("here and elsewhere", (here, (name, 0)), ("/nowhere", (name, 0)))
    move("refused: elsewhere", ("/nowhere", (name, 0, 9), (f"{name}-missing", 0)))
    move("refused: no path", ("", (name, 0)), ("logs", (f"{name}-b", 0)))
    move("refused: no such partition", (here, (name, 9, 0), (f"{name}-missing", 0), ("a b", 0)))


@script
def elect_leaders(peer, version):
    ask = asker(peer, "ElectLeaders", version)
    name = f"elect-{version}"
    peer.topic(name, 2)

    def elect(title, *topics, kind=0):
        ask(title, ElectionType=kind, TimeoutMs=10_000, TopicPartitions=[
            {"Topic": topic, "Partitions": list(partitions)} for topic, *partitions in topics])

    elect("two", (name, 0, 1))
    elect("any", (name, 0), kind=1)
    elect("twice", (name, 0, 0), (name, 1))
    elect("nothing")
    elect("no partitions", (name,))
    elect("refused: not there", (name, 0, 9, -1), (f"{name}-missing", 0), ("a b", 0))
    elect("refused: kind 5", (name, 0), kind=5)
    answer = peer.do("ElectLeaders", {"TopicPartitions": None, "TimeoutMs": 10_000}, version)
    answer["ReplicaElectionResults"] = [
        topic for topic in answer["ReplicaElectionResults"] if topic["Topic"] == name]
    peer.record("everything", "ElectLeaders", version, answer)


@script
def alter_partition_reassignments(peer, version):
    ask = asker(peer, "AlterPartitionReassignments", version)
    name = f"reassign-{version}"
    peer.topic(name, 2)

    def move(title, *topics, **values):
        ask(title, TimeoutMs=10_000, **values, Topics=[{"Name": topic, "Partitions": [
            {"PartitionIndex": partition, "Replicas": replicas} for partition, replicas in moves]}
            for topic, *moves in topics])

    move("where it is", (name, (0, [1])))
    move("nothing")
    move("no partitions", (name,))
    move("a topic twice", (name, (0, [1])), (name, (0, None)))
    move("refused: nothing to cancel", (name, (0, None), (1, None)))
    move("refused: elsewhere", (name, (0, [2]), (1, [1, 2])))
    move("refused: nowhere", (name, (0, [])))
    move("refused: twice there", (name, (0, [1, 1])))
    move("refused: not there", (name, (9, [1]), (-1, None)), (f"{name}-missing", (0, [1])),
         ("a b", (0, None)))
    if version >= 1:
        move("as many replicas", (name, (0, [1])), AllowReplicationFactorChange=False)
        move("refused: more replicas", (name, (0, [1, 2])), AllowReplicationFactorChange=False)


@script
def list_partition_reassignments(peer, version):
    ask = asker(peer, "ListPartitionReassignments", version)
    ask("all", Topics=None)
    ask("none", Topics=[])
    ask("some", Topics=[{"Name": "missing", "PartitionIndexes": [0]}])


@script
def describe_quorum(peer, version):
    ask = asker(peer, "DescribeQuorum", version)

    def look(title, *topics):
        ask(title, Topics=[{"TopicName": topic, "Partitions": [
            {"PartitionIndex": number} for number in partitions]}
            for topic, *partitions in topics])

    look("the controllers", ("__cluster_metadata", 0))
    look("nothing")
    look("no partitions", ("__cluster_metadata",))
    look("refused: partition 1", ("__cluster_metadata", 1))
    look("refused: partitions 0 and 1", ("__cluster_metadata", 0, 1))
    look("refused: another topic", ("missing", 0))
    look("refused: two topics", ("__cluster_metadata", 0), ("missing", 0))


@script
def update_features(peer, version):
    ask = asker(peer, "UpdateFeatures", version)

    def update(title, *updates):
        ask(title, timeoutMs=10_000, FeatureUpdates=[
            {"Feature": name, "MaxVersionLevel": level,
             **({"AllowDowngrade": kind > 1} if version == 0 else {"UpgradeType": kind})}
            for name, level, kind in updates],
            **({} if version == 0 else {"ValidateOnly": True}))

    update("nothing")
    update("as it is", ("group.version", 1, 1))
    update("two as they are", ("group.version", 1, 1), ("metadata.version", 33, 2))
    update("twice as it is", ("group.version", 1, 1), ("group.version", 1, 1))
    update("refused: no such feature", ("pebbles", 1, 1))
    update("refused: level 0 of no such feature", ("pebbles", 0, 1))
    update("refused: no name", ("", 1, 1))
    update("refused: one of two", ("group.version", 1, 1), ("pebbles", 1, 1))
    update("refused: too high", ("group.version", 5, 1))
    update("refused: below 0", ("group.version", -1, 1))
    update("refused: lower, by an upgrade", ("group.version", 0, 1))
    if version >= 1:
        update("refused: kind 0", ("group.version", 1, 0))
        update("refused: kind 9", ("group.version", 1, 9))
        update("lower, safely", ("group.version", 0, 2))


@script
def describe_producers(peer, version):
    ask = asker(peer, "DescribeProducers", version)
    name = f"producers-{version}"
    peer.topic(name, 3)
    for partition, epoch in ((0, 0), (1, 2)):
        producer = peer.do("InitProducerId", {"TransactionalId": None})["ProducerId"]
        peer.call(("ProducerId", producer), f"producer {partition}")
        peer.produce(name, batch([b"a", b"b"], timestamp=TIME, producer=(producer, epoch, 0)),
                     partition=partition)

    def look(title, *topics):
        ask(title, Topics=[{"Name": topic, "PartitionIndexes": list(partitions)}
                           for topic, *partitions in topics])

    look("three", (name, 0, 1, 2))
    look("twice", (name, 0, 0), (name, 0))
    look("nothing")
    look("no partitions", (name,))
    look("refused: no such partition", (name, 9, -1, 0))
    look("refused: not there", (f"{name}-missing", 0))
    look("refused: an illegal name", ("a b", 0), ("", 0))


@script
def unregister_broker(peer, version):
    ask = asker(peer, "UnregisterBroker", version)
    ask("refused: another", BrokerId=77)
    ask("refused: -1", BrokerId=-1)


@script
def unregister_controller(peer, version):
    ask = asker(peer, "UnregisterController", version)
    ask("refused: another", ControllerId=77)
    ask("refused: -1", ControllerId=-1)
    ask("refused: the active one", ControllerId=1)


@script
def add_raft_voter(peer, version):
    ask = asker(peer, "AddRaftVoter", version)
    cluster = peer.do("DescribeCluster")["ClusterId"]
    peer.call(cluster, "the cluster's id")
    one = {"ClusterId": None, "TimeoutMs": 1000, "VoterId": 2, "VoterDirectoryId": SOMEWHERE,
           "Listeners": [{"Name": "CONTROLLER", "Host": "localhost", "Port": 1}]}
    ask("refused: another", **one)
    ask("refused: here", **{**one, "ClusterId": cluster})
    ask("refused: another cluster", **{**one, "ClusterId": "other"})
    ask("refused: voter -2", **{**one, "VoterId": -2})
    ask("refused: no directory", **{**one, "VoterDirectoryId": NOBODY})


@script
def remove_raft_voter(peer, version):
    ask = asker(peer, "RemoveRaftVoter", version)
    cluster = peer.do("DescribeCluster")["ClusterId"]
    peer.call(cluster, "the cluster's id")
    one = {"ClusterId": None, "VoterId": 2, "VoterDirectoryId": SOMEWHERE}
    ask("refused: another", **one)
    ask("refused: here", **{**one, "ClusterId": cluster})
    ask("refused: another cluster", **{**one, "ClusterId": "other"})
    ask("refused: voter -1", **{**one, "VoterId": -1})
    ask("refused: no directory", **{**one, "VoterDirectoryId": NOBODY})
