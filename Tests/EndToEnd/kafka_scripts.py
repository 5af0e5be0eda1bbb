"""What the two brokers are asked: for each API a script, run in every version that both serve.

A script begins with what is typical, goes on with what is empty, and ends with what must fail. Names
have the version in them, so that versions do not meet.
"""

import uuid

from wire import batch

NOWHERE = uuid.UUID(int=0x1234_5678)
TIME = 1_700_000_000_000
scripts = {}


def script(function):
    """Enters a script under the API whose name the function has: create_topics is CreateTopics."""
    name = "".join(word.capitalize() for word in function.__name__.split("_"))
    scripts[name] = function
    return function


def asker(peer, name, version):
    return lambda title, client=0, **values: peer.ask(title, name, version, values, client)


@script
def api_versions(peer, version):
    ask = asker(peer, "ApiVersions", version)
    ask("typical", ClientSoftwareName="by-hand", ClientSoftwareVersion="1.0")
    ask("no software", ClientSoftwareName="", ClientSoftwareVersion="")
    ask("illegal software", ClientSoftwareName="-by hand-", ClientSoftwareVersion="1 0")
    if version >= 5:
        ask("of another cluster", ClientSoftwareName="a", ClientSoftwareVersion="1",
            ClusterId="another", NodeId=1)
        ask("of another node", ClientSoftwareName="a", ClientSoftwareVersion="1", NodeId=77)


@script
def metadata(peer, version):
    ask = asker(peer, "Metadata", version)
    name = f"metadata-{version}"
    known = peer.topic(name, 2)
    named = {"AllowAutoTopicCreation": False}
    ask("one topic", Topics=[{"Name": name}], **named)
    ask("twice the same", Topics=[{"Name": name}, {"Name": name}], **named)
    if version:
        ask("none", Topics=[], **named)
    ask("not there", Topics=[{"Name": f"{name}-missing"}], **named)
    ask("illegal names", Topics=[{"Name": "a b"}], **named)
    ask("an empty name", Topics=[{"Name": ""}], **named)
    ask("dots", Topics=[{"Name": ".."}], **named)
    ask("a long name", Topics=[{"Name": "x" * 250}], **named)
    if version >= 4:
        ask("made when named", Topics=[{"Name": f"{name}-new"}], AllowAutoTopicCreation=True)
        ask("illegal to make", Topics=[{"Name": "a b"}], AllowAutoTopicCreation=True)
    if version >= 8:
        ask("rights", Topics=[{"Name": name}], IncludeTopicAuthorizedOperations=True,
            IncludeClusterAuthorizedOperations=True, **named)
        ask("rights to what is not there", Topics=[{"Name": f"{name}-missing"}],
            IncludeTopicAuthorizedOperations=True, **named)
    if version >= 10:
        ask("an id", Topics=[{"TopicId": known, "Name": None}], **named)
        ask("an id and its name", Topics=[{"TopicId": known, "Name": name}], **named)
        ask("an unknown id", Topics=[{"TopicId": NOWHERE, "Name": None}], **named)
        ask("an unknown id and a name", Topics=[{"TopicId": NOWHERE, "Name": name}], **named)
        ask("neither", Topics=[{"Name": None}], **named)
        ask("id and name in one request",
            Topics=[{"TopicId": known, "Name": None}, {"Name": name}], **named)
        ask("two ids", Topics=[{"TopicId": known, "Name": None},
                               {"TopicId": NOWHERE, "Name": None}], **named)


def creation(name, partitions=1, factor=1, configs=(), assignments=()):
    return {"Name": name, "NumPartitions": partitions, "ReplicationFactor": factor,
            "Configs": [{"Name": key, "Value": value} for key, value in configs],
            "Assignments": [{"PartitionIndex": index, "BrokerIds": brokers}
                            for index, brokers in assignments]}


@script
def create_topics(peer, version):
    ask = asker(peer, "CreateTopics", version)
    name = f"create-{version}"

    def make(title, *topics, dry=False):
        answer = ask(title, Topics=list(topics), timeoutMs=5000, validateOnly=dry)
        for topic in answer["Topics"] if isinstance(answer, dict) else ():
            if "TopicId" in topic and topic["TopicId"].int:
                peer.call(topic["TopicId"], f"the id of {topic['Name']}")

    make("a topic", creation(f"{name}-a", 3))
    make("there already", creation(f"{name}-a"))
    make("there already, only asked", creation(f"{name}-a"), dry=True)
    make("configs", creation(f"{name}-c", configs=[("retention.ms", "1000"),
                                                  ("max.message.bytes", "2000")]))
    make("only asked", creation(f"{name}-v", 2, configs=[("retention.ms", "1")]), dry=True)
    make("defaults", creation(f"{name}-d", -1, -1))
    make("assigned", creation(f"{name}-m", -1, -1, assignments=[(0, [1]), (1, [1])]))
    make("none")
    for dry in (False, True):
        refused = "refused" if not dry else "refused, only asked"
        make(f"{refused}: no partitions", creation(f"{name}-e", 0), dry=dry)
        make(f"{refused}: partitions -2", creation(f"{name}-e", -2), dry=dry)
        make(f"{refused}: factor 0", creation(f"{name}-e", 1, 0), dry=dry)
        make(f"{refused}: factor 2", creation(f"{name}-e", 1, 2), dry=dry)
        make(f"{refused}: factor -2", creation(f"{name}-e", 1, -2), dry=dry)
        for label, illegal in [("an empty name", ""), ("a dot", "."), ("two dots", ".."),
                               ("a blank", "a b"), ("an umlaut", "ä"), ("long", "x" * 250)]:
            make(f"{refused}: {label}", creation(illegal), dry=dry)
        make(f"{refused}: twice", creation(f"{name}-e"), creation(f"{name}-e"), dry=dry)
        make(f"{refused}: twice, and another", creation(f"{name}-e"), creation(f"{name}-e"),
             creation(f"{name}-e2-{dry}"), dry=dry)
        make(f"{refused}: collides", creation(f"{name}_a"), creation(f"{name}.a"), dry=dry)
        make(f"{refused}: a config nobody knows",
             creation(f"{name}-e", configs=[("no.such", "1")]), dry=dry)
        make(f"{refused}: a number that is none",
             creation(f"{name}-e", configs=[("retention.ms", "soon")]), dry=dry)
        make(f"{refused}: a number too small",
             creation(f"{name}-e", configs=[("segment.bytes", "1")]), dry=dry)
        make(f"{refused}: a config nobody knows, assignment and factor", creation(
            f"{name}-e", -1, 1, configs=[("no.such", "1")], assignments=[(0, [1])]), dry=dry)
        make(f"{refused}: a config nobody knows, no partitions",
             creation(f"{name}-e", 0, configs=[("no.such", "1")]), dry=dry)
        make(f"{refused}: a policy nobody knows",
             creation(f"{name}-e", configs=[("cleanup.policy", "burn")]), dry=dry)
        make(f"{refused}: a null value",
             creation(f"{name}-e", configs=[("retention.ms", None)]), dry=dry)
        make(f"{refused}: compression nobody knows",
             creation(f"{name}-e", configs=[("compression.type", "rar")]), dry=dry)
        make(f"{refused}: assignment and partitions",
             creation(f"{name}-e", 1, -1, assignments=[(0, [1])]), dry=dry)
        make(f"{refused}: assignment and factor",
             creation(f"{name}-e", -1, 1, assignments=[(0, [1])]), dry=dry)
        make(f"{refused}: assigned to nobody known",
             creation(f"{name}-e", -1, -1, assignments=[(0, [77])]), dry=dry)
        make(f"{refused}: assigned from 1 on",
             creation(f"{name}-e", -1, -1, assignments=[(1, [1])]), dry=dry)
        make(f"{refused}: assigned twice to one",
             creation(f"{name}-e", -1, -1, assignments=[(0, [1, 1])]), dry=dry)
        make(f"{refused}: assigned to none",
             creation(f"{name}-e", -1, -1, assignments=[(0, [])]), dry=dry)
        make(f"{refused}: a partition assigned twice",
             creation(f"{name}-e", -1, -1, assignments=[(0, [1]), (0, [1])]), dry=dry)


@script
def delete_topics(peer, version):
    ask = asker(peer, "DeleteTopics", version)
    name = f"delete-{version}"
    ids = {one: peer.topic(f"{name}-{one}") for one in "abcd"}

    def delete(title, *topics):
        names = [topic for topic in topics if isinstance(topic, str)]
        ask(title, TimeoutMs=5000, TopicNames=names, Topics=[
            {"Name": topic} if isinstance(topic, str) else {"Name": None, "TopicId": topic}
            for topic in topics])

    delete("one", f"{name}-a")
    delete("gone already", f"{name}-a")
    delete("none")
    delete("an illegal name", "a b")
    delete("an empty name", "")
    if version >= 6:
        delete("an id", ids["b"])
        delete("an id gone already", ids["b"])
        delete("an unknown id", NOWHERE)
        delete("nothing named", uuid.UUID(int=0))
        ask("an id and a name", TimeoutMs=5000, Topics=[{"Name": f"{name}-c", "TopicId": ids["c"]}])
        delete("one by id and by name", f"{name}-d", ids["d"])


@script
def create_partitions(peer, version):
    ask = asker(peer, "CreatePartitions", version)
    name = f"partitions-{version}"
    peer.topic(name, 2)

    def grow(title, count, topic=name, assignments=None, dry=False):
        ask(title, TimeoutMs=5000, ValidateOnly=dry, Topics=[{
            "Name": topic, "Count": count, "Assignments": assignments and [
                {"BrokerIds": brokers} for brokers in assignments]}])

    grow("only asked", 3, dry=True)
    grow("one more", 3)
    grow("assigned", 5, assignments=[[1], [1]])
    ask("none", TimeoutMs=5000, Topics=[])
    for dry in (False, True):
        refused = "refused" if not dry else "refused, only asked"
        grow(f"{refused}: as many", 5, dry=dry)
        grow(f"{refused}: fewer", 1, dry=dry)
        grow(f"{refused}: 0", 0, dry=dry)
        grow(f"{refused}: -1", -1, dry=dry)
        grow(f"{refused}: not there", 2, f"{name}-missing", dry=dry)
        grow(f"{refused}: an illegal name", 2, "a b", dry=dry)
        grow(f"{refused}: too few assigned", 8, assignments=[[1]], dry=dry)
        grow(f"{refused}: too many assigned", 6, assignments=[[1], [1]], dry=dry)
        grow(f"{refused}: assigned to nobody known", 6, assignments=[[77]], dry=dry)
        grow(f"{refused}: assigned to none", 6, assignments=[[]], dry=dry)
        grow(f"{refused}: assigned twice", 6, assignments=[[1, 1]], dry=dry)
        ask(f"{refused}: twice", TimeoutMs=5000, ValidateOnly=dry, Topics=[
            {"Name": name, "Count": 9, "Assignments": None},
            {"Name": name, "Count": 9, "Assignments": None}])


@script
def produce(peer, version):
    """Without null for records: Kafka ends in an exception there and never answers."""
    ask = asker(peer, "Produce", version)
    name = f"produce-{version}"
    known = peer.topic(name, 2, max_message_bytes=2000)
    stamped = peer.topic(f"{name}-stamped", 1, message_timestamp_type="LogAppendTime")

    def send(title, *records, topic=name, topic_id=known, partition=0, **settings):
        return ask(title, **{"Acks": -1, "TimeoutMs": 5000, **settings}, TopicData=[{
            "Name": topic, "TopicId": topic_id,
            "PartitionData": [{"Index": partition, "Records": data} for data in records]}])

    send("one batch", batch([b"a", b"b"], timestamp=TIME))
    send("acks=1", batch([b"c"], timestamp=TIME), Acks=1)
    send("another partition", batch([b"d"], timestamp=TIME), partition=1)
    send("stamped", batch([b"e"], timestamp=TIME), topic=f"{name}-stamped", topic_id=stamped)
    ask("no topics", Acks=-1, TimeoutMs=5000, TopicData=[])
    ask("no partitions", Acks=-1, TimeoutMs=5000,
        TopicData=[{"Name": name, "TopicId": known, "PartitionData": []}])
    good = batch([b"f"], timestamp=TIME)
    send("refused: acks=2", good, Acks=2)
    send("refused: not there", good, topic=f"{name}-missing", topic_id=NOWHERE)
    send("refused: no such partition", good, partition=9)
    send("refused: partition -1", good, partition=-1)
    send("refused: an illegal name", good, topic="a b", topic_id=uuid.UUID(int=0))
    send("refused: a wrong checksum", good[:-1] + b"x")
    send("refused: too large", batch([b"x" * 3000], timestamp=TIME))
    send("refused: a codec nobody knows", batch([b"x"], attributes=5, timestamp=TIME))
    send("refused: count", batch([b"x"], count=2, timestamp=TIME))
    send("refused: two batches", good + good)
    send("refused: of the future", batch([b"x"], timestamp=TIME * 2))
    send("of no time", batch([b"x"], timestamp=-1))
    send("refused: control", batch([b"x"], attributes=0x20, timestamp=TIME))
    send("refused: magic 1", batch([b"x"], magic=1, timestamp=TIME))
    send("refused: magic 3", batch([b"x"], magic=3, timestamp=TIME))
    send("refused: cut", good[:-3])
    send("refused: short", good[:20])
    send("refused: nothing", b"")
    send("refused: no records", batch([], timestamp=TIME))
    send("refused: base sequence without a producer",
         batch([b"x"], timestamp=TIME, producer=(-1, -1, 5)))
    producer = 4_000_000 + version
    send("refused: a sequence not at 0", batch([b"x"], timestamp=TIME, producer=(producer, 0, 5)))
    send("idempotent", batch([b"x"], timestamp=TIME, producer=(producer, 0, 0)), partition=1)
    send("idempotent, again", batch([b"x"], timestamp=TIME, producer=(producer, 0, 0)), partition=1)
    send("refused: a gap", batch([b"x"], timestamp=TIME, producer=(producer, 0, 9)), partition=1)
    send("refused: an old epoch", batch([b"x"], timestamp=TIME, producer=(producer, -1, 1)),
         partition=1)
    send("a new epoch", batch([b"x"], timestamp=TIME, producer=(producer, 3, 0)), partition=1)
    send("refused: fenced", batch([b"x"], timestamp=TIME, producer=(producer, 1, 0)), partition=1)
    send("refused: new epoch not at 0", batch([b"x"], timestamp=TIME, producer=(producer, 4, 2)),
         partition=1)
    send("bytes behind", good + b"abc")
    send("the same partition twice", good, batch([b"g"], timestamp=TIME))


@script
def fetch(peer, version):
    ask = asker(peer, "Fetch", version)
    name = f"fetch-{version}"
    known = peer.topic(name, 2)
    peer.produce(name, *[batch([b"a", b"b"], timestamp=TIME) for _ in range(3)])
    lengths = len(batch([b"a", b"b"], timestamp=TIME))

    def read(title, offset, partition=0, topic=name, topic_id=known, session=(0, -1), limit=1 << 20,
             forgotten=(), more=(), settings=(), **fields):
        ask(title, **{"MaxWaitMs": 0, "MinBytes": 0, "MaxBytes": 1 << 20, **dict(settings)},
            SessionId=session[0], SessionEpoch=session[1], ForgottenTopicsData=list(forgotten),
            Topics=[{"Topic": topic, "TopicId": topic_id, "Partitions": [{
                "Partition": partition, "FetchOffset": offset, "PartitionMaxBytes": limit,
                **fields}, *more]}])

    read("everything", 0)
    read("from within a batch", 3)
    read("the end", 6)
    read("an empty partition", 0, 1)
    read("one batch", 0, limit=lengths)
    read("less than a batch", 0, limit=10)
    read("no bytes", 0, limit=0)
    read("no bytes at all", 0, settings={"MaxBytes": 0})
    read("committed", 2, settings={"IsolationLevel": 1})
    ask("no topics", MaxWaitMs=0, MinBytes=0, SessionEpoch=-1)
    read("refused: behind the end", 7)
    read("refused: negative", -1)
    read("refused: far negative", -5)
    read("refused: no such partition", 0, 9)
    read("refused: partition -1", 0, -1)
    read("refused: not there", 0, topic=f"{name}-missing", topic_id=NOWHERE)
    read("refused: an illegal name", 0, topic="a b", topic_id=uuid.UUID(int=0))
    read("refused: a newer epoch", 0, CurrentLeaderEpoch=1000)
    read("partitions: good, bad", 0, more=[
        {"Partition": 9, "FetchOffset": 0, "PartitionMaxBytes": 100},
        {"Partition": 1, "FetchOffset": 5, "PartitionMaxBytes": 100}])
    ask("no partitions", MaxWaitMs=0, MinBytes=0, SessionEpoch=-1, Topics=[
        {"Topic": name, "TopicId": known, "Partitions": []}])
    read("the same partition twice", 0, more=[
        {"Partition": 0, "FetchOffset": 4, "PartitionMaxBytes": 1000}])
    read("refused: isolation 9", 0, settings={"IsolationLevel": 9})
    read("negative wait and bytes", 0, settings={"MaxWaitMs": -1, "MinBytes": -1})
    if version >= 7:
        read("refused: no such session", 0, session=(12345, 1))
        read("refused: no session but an epoch", 0, session=(0, 5))
        read("an end of no session", 0, session=(12345, -1))
    if version >= 12:
        read("the last epoch", 2, LastFetchedEpoch=0)
        read("refused: a last epoch of the future", 2, LastFetchedEpoch=1000)
    peer.do("DeleteRecords", {"TimeoutMs": 5000, "Topics": [
        {"Name": name, "Partitions": [{"PartitionIndex": 0, "Offset": 3}]}]})
    read("behind deleted records", 3)
    read("refused: deleted", 2)


@script
def list_offsets(peer, version):
    ask = asker(peer, "ListOffsets", version)
    name = f"offsets-{version}"
    peer.topic(name, 2)
    peer.produce(name, *[batch([b"a", b"b"], timestamp=TIME + 10 * n) for n in range(3)])

    def look(title, timestamp, partition=0, topic=name, epoch=-1, more=(), **settings):
        ask(title, **{"ReplicaId": -1, **settings}, Topics=[{"Name": topic, "Partitions": [
            {"PartitionIndex": partition, "CurrentLeaderEpoch": epoch, "Timestamp": timestamp},
            *more]}])

    for timestamp in [-1, -2, -3, -4, -5, -6, -7, TIME - 5, TIME, TIME + 5, TIME + 20, TIME + 25]:
        look(f"{timestamp}", timestamp)
        look(f"{timestamp} of nothing", timestamp, 1)
    look("committed", -1, IsolationLevel=1)
    look("isolation 9", -1, IsolationLevel=9)
    look("a debugging consumer", -1, ReplicaId=-2)
    look("a replica", -1, ReplicaId=5)
    ask("no topics", ReplicaId=-1, Topics=[])
    ask("no partitions", ReplicaId=-1, Topics=[{"Name": name, "Partitions": []}])
    look("refused: no such partition", -1, 9)
    look("refused: partition -1", -1, -1)
    look("refused: not there", -1, topic=f"{name}-missing")
    look("refused: an illegal name", -1, topic="a b")
    look("refused: a newer epoch", -1, epoch=1000)
    look("refused: a time nobody knows, not there", -7, topic=f"{name}-missing")
    look("refused: a time nobody knows, a newer epoch", -7, epoch=1000)
    look("twice", -1, more=[{"PartitionIndex": 0, "CurrentLeaderEpoch": -1, "Timestamp": -2}])
    peer.do("DeleteRecords", {"TimeoutMs": 5000, "Topics": [
        {"Name": name, "Partitions": [{"PartitionIndex": 0, "Offset": 3}]}]})
    for timestamp in [-1, -2, -3, -4, TIME, TIME + 5, TIME + 10]:
        look(f"{timestamp} after deletion", timestamp)


@script
def delete_records(peer, version):
    ask = asker(peer, "DeleteRecords", version)
    name = f"records-{version}"
    peer.topic(name, 2)
    peer.produce(name, *[batch([b"a", b"b"], timestamp=TIME) for _ in range(3)])

    def delete(title, offset, partition=0, topic=name, more=()):
        ask(title, TimeoutMs=5000, Topics=[{"Name": topic, "Partitions": [
            {"PartitionIndex": partition, "Offset": offset}, *more]}])

    delete("two", 2)
    delete("the same", 2)
    delete("fewer", 1)
    delete("within a batch", 3)
    delete("an empty partition", 0, 1)
    delete("refused: behind the end", 99)
    delete("refused: -2", -2)
    delete("refused: no such partition", 0, 9)
    delete("refused: partition -1", 0, -1)
    delete("refused: not there", 0, topic=f"{name}-missing")
    delete("refused: an illegal name", 0, topic="a b")
    delete("good and bad", 4, more=[{"PartitionIndex": 7, "Offset": 0}])
    delete("all", -1)
    ask("no topics", TimeoutMs=5000, Topics=[])
    ask("no partitions", TimeoutMs=5000, Topics=[{"Name": name, "Partitions": []}])


@script
def init_producer_id(peer, version):
    ask = asker(peer, "InitProducerId", version)
    answer = peer.do("InitProducerId", {"TransactionalId": None, "TransactionTimeoutMs": 60_000,
                                        "ProducerId": -1, "ProducerEpoch": -1}, version)
    for number in range(1, 9):
        peer.call(("ProducerId", answer["ProducerId"] + number), f"producer id {number}")
    ask("a new one", TransactionalId=None, TransactionTimeoutMs=60_000)
    ask("no timeout", TransactionalId=None, TransactionTimeoutMs=0)
    ask("refused: an empty transactional id", TransactionalId="", TransactionTimeoutMs=60_000)
    if version >= 3:
        ask("an epoch without an id", TransactionalId=None, TransactionTimeoutMs=1,
            ProducerId=-1, ProducerEpoch=5)
        ask("an id without an epoch", TransactionalId=None, TransactionTimeoutMs=1,
            ProducerId=5, ProducerEpoch=-1)


@script
def offset_for_leader_epoch(peer, version):
    ask = asker(peer, "OffsetForLeaderEpoch", version)
    name = f"epoch-{version}"
    peer.topic(name, 2)
    peer.produce(name, batch([b"a", b"b"], timestamp=TIME))

    def look(title, epoch, partition=0, topic=name, current=-1, replica=-1):
        ask(title, ReplicaId=replica, Topics=[{"Topic": topic, "Partitions": [{
            "Partition": partition, "CurrentLeaderEpoch": current, "LeaderEpoch": epoch}]}])

    look("epoch 0", 0)
    look("of nothing", 0, 1)
    look("unknown", 1000)
    look("-1", -1)
    look("-2", -2)
    look("-2 of nothing", -2, 1)
    look("refused: no such partition", 0, 9)
    look("refused: partition -1", 0, -1)
    look("refused: not there", 0, topic=f"{name}-missing")
    look("refused: an illegal name", 0, topic="a b")
    look("refused: a newer epoch", 0, current=1000)
    look("a debugging consumer", 0, replica=-2)
    ask("no topics", ReplicaId=-1, Topics=[])
    ask("no partitions", ReplicaId=-1, Topics=[{"Topic": name, "Partitions": []}])


@script
def describe_configs(peer, version):
    ask = asker(peer, "DescribeConfigs", version)
    name = f"configs-{version}"
    peer.topic(name, 1, retention_ms=1234, cleanup_policy="delete")

    def show(title, kind, resource, keys=None, **settings):
        ask(title, **settings, Resources=[
            {"ResourceType": kind, "ResourceName": resource, "ConfigurationKeys": keys}])

    show("a topic", 2, name)
    show("a topic with synonyms", 2, name, IncludeSynonyms=True)
    show("a topic with documentation", 2, name, ["retention.ms"], IncludeDocumentation=True)
    show("one key", 2, name, ["retention.ms"], IncludeSynonyms=True)
    show("a key nobody knows", 2, name, ["no.such"])
    show("no keys", 2, name, [])
    show("the broker", 4, "1")
    show("the broker with synonyms", 4, "1", IncludeSynonyms=True)
    show("the cluster", 4, "")
    show("a group", 32, f"{name}-group", IncludeSynonyms=True)
    show("client metrics", 16, f"{name}-metrics")
    show("no group", 32, "")
    show("no client metrics", 16, "")
    show("loggers", 8, "1", ["no.such"])
    ask("nothing", Resources=[])
    show("refused: not there", 2, f"{name}-missing")
    show("refused: an illegal name", 2, "a b")
    show("refused: no name", 2, "")
    show("refused: another broker", 4, "77")
    show("refused: a broker that is no number", 4, "one")
    show("refused: loggers of another", 8, "77")
    show("refused: loggers of none", 8, "")
    show("refused: kind 3", 3, name)
    show("refused: kind 0", 0, name)
    ask("refused: one of kind 3", Resources=[
        {"ResourceType": kind, "ResourceName": name, "ConfigurationKeys": ["retention.ms"]}
        for kind in (2, 3)])
    ask("the same twice", Resources=2 * [
        {"ResourceType": 2, "ResourceName": name, "ConfigurationKeys": ["retention.ms"]}])


@script
def describe_log_dirs(peer, version):
    ask = asker(peer, "DescribeLogDirs", version)
    name = f"dirs-{version}"
    peer.topic(name, 2)
    ask("one topic", Topics=[{"Topic": name, "Partitions": [0, 1]}])
    ask("one partition", Topics=[{"Topic": name, "Partitions": [1]}])
    ask("no partitions", Topics=[{"Topic": name, "Partitions": []}])
    ask("no such partition", Topics=[{"Topic": name, "Partitions": [9, -1]}])
    ask("not there", Topics=[{"Topic": f"{name}-missing", "Partitions": [0]}])
    ask("nothing", Topics=[])


@script
def describe_cluster(peer, version):
    ask = asker(peer, "DescribeCluster", version)
    ask("typical")
    ask("rights", IncludeClusterAuthorizedOperations=True)
    if version >= 1:
        ask("controllers", EndpointType=2)
        ask("endpoint 3", EndpointType=3)
    if version >= 2:
        ask("fenced ones", IncludeFencedBrokers=True)


@script
def describe_topic_partitions(peer, version):
    ask = asker(peer, "DescribeTopicPartitions", version)
    name = f"pages-{version}"
    peer.topic(f"{name}-a", 3)
    peer.topic(f"{name}-b", 2)
    both = [{"Name": f"{name}-b"}, {"Name": f"{name}-a"}]

    def page(title, topics=both, limit=2000, cursor=None):
        ask(title, Topics=topics, ResponsePartitionLimit=limit, Cursor=cursor and {
            "TopicName": cursor[0], "PartitionIndex": cursor[1]})

    page("both")
    page("twice", both + both)
    page("limited", limit=2)
    page("limited at a topic's end", limit=3)
    page("limited at the very end", limit=5)
    page("no room", limit=0)
    page("negative room", limit=-1)
    page("a cursor", limit=2, cursor=(f"{name}-a", 2))
    page("a cursor at a topic's end", cursor=(f"{name}-a", 3))
    page("a cursor far behind", cursor=(f"{name}-a", 99))
    page("a cursor on the second", cursor=(f"{name}-b", 1))
    page("a cursor behind all", cursor=(f"{name}-c", 0))
    page("a cursor between", cursor=(f"{name}-aa", 1))
    page("a negative cursor", cursor=(f"{name}-a", -1))
    page("a cursor on what is not named", [{"Name": f"{name}-b"}], cursor=(f"{name}-a", 0))
    page("not there", [{"Name": f"{name}-missing"}])
    page("not there, and room for one", [{"Name": f"{name}-0"}, *both], limit=1)
    page("an illegal name", [{"Name": "a b"}])
    page("an empty name", [{"Name": ""}])


@script
def find_coordinator(peer, version):
    ask = asker(peer, "FindCoordinator", version)

    def find(title, *keys, kind=0):
        ask(title, Key=keys[0] if keys else "", KeyType=kind, CoordinatorKeys=list(keys))

    find("a group", "group")
    find("an empty group", "")
    if version >= 1:
        find("a kind nobody knows", "group", kind=9)
        find("a negative kind", "group", kind=-1)
        find("a transactional id", "id", kind=1)
    if version >= 4:
        find("two", "one", "two")
        find("twice the same", "one", "one")
        find("none")
    if version >= 6:
        find("a share that is none", "group", kind=2)
