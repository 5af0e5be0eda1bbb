"""What the two brokers are asked about transactions; see kafka_scripts.

Kafka ends a transaction after it has answered that it will, and asks to wait meanwhile; scripts wait.
"""

import time

from kafka_comparison import PATIENCE_SECONDS
from kafka_group_scripts import consume, join
from kafka_scripts import NOWHERE, TIME, asker, script, scripts
from wire import batch

TRANSACTIONAL, CONCURRENT = 0x10, 51


def continued(name):
    """Enters what is asked of an API after the script that it has."""
    def enter(function):
        first = scripts[name]

        def both(peer, version):
            first(peer, version)
            function(peer, version)

        scripts[name] = both
        return function
    return enter


def patiently(attempt, code):
    """Asks until Kafka has ended what went before."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        answer = attempt()
        if code(answer) not in (CONCURRENT, 14, 15, 16):
            return answer
        assert time.monotonic() < deadline, answer
        time.sleep(0.02)


def begin(peer, name, timeout=60_000, **values):
    """Takes the id over; the producer's id and epoch."""
    answer = patiently(lambda: peer.do("InitProducerId", {
        "TransactionalId": name, "TransactionTimeoutMs": timeout, "ProducerId": -1,
        "ProducerEpoch": -1, **values}), lambda answer: answer["ErrorCode"])
    assert answer["ErrorCode"] == 0, answer
    peer.call(("ProducerId", answer["ProducerId"]), f"the producer of {name}")
    return answer["ProducerId"], answer["ProducerEpoch"]


def claim(name, producer):
    return {"TransactionalId": name, "ProducerId": producer[0], "ProducerEpoch": producer[1]}


def add(peer, name, producer, topic, *partitions):
    answer = patiently(lambda: peer.do("AddPartitionsToTxn", {
        "V3AndBelowTransactionalId": name, "V3AndBelowProducerId": producer[0],
        "V3AndBelowProducerEpoch": producer[1],
        "V3AndBelowTopics": [{"Name": topic, "Partitions": list(partitions)}]}, 3),
        lambda answer: answer["ResultsByTopicV3AndBelow"][0]["ResultsByPartition"][0]
        ["PartitionErrorCode"])
    codes = [one["PartitionErrorCode"]
             for one in answer["ResultsByTopicV3AndBelow"][0]["ResultsByPartition"]]
    assert set(codes) == {0}, answer


def add_group(peer, name, producer, group):
    answer = patiently(
        lambda: peer.do("AddOffsetsToTxn", {**claim(name, producer), "GroupId": group}),
        lambda answer: answer["ErrorCode"])
    assert answer["ErrorCode"] == 0, answer


def transactional(producer, *values, sequence=0, timestamp=TIME):
    return batch(list(values), attributes=TRANSACTIONAL, timestamp=timestamp,
                 producer=(*producer, sequence))


def write(peer, name, producer, topic, *values, timestamp=TIME):
    """As a producer of the second generation, which takes the partition in by writing."""
    answer = patiently(lambda: peer.produce(
        topic, transactional(producer, *values, timestamp=timestamp),
        TransactionalId=name), lambda answer: answer["ErrorCode"])
    assert answer["ErrorCode"] == 0, answer


def end(peer, name, producer, committed=True, version=4):
    answer = patiently(
        lambda: peer.do("EndTxn", {**claim(name, producer), "Committed": committed}, version),
        lambda answer: answer["ErrorCode"])
    assert answer["ErrorCode"] == 0, answer
    ended(peer, name)
    return (answer["ProducerId"], answer["ProducerEpoch"]) if version >= 5 else producer


def ended(peer, name):
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        answer = peer.do("DescribeTransactions", {"TransactionalIds": [name]})
        [state] = answer["TransactionStates"]
        if state["TransactionState"] not in ("Ongoing", "PrepareCommit", "PrepareAbort",
                                             "PrepareEpochFence"):
            return
        assert time.monotonic() < deadline, answer
        time.sleep(0.02)


# Beginning.

@continued("InitProducerId")
def init_transactional(peer, version):
    ask = asker(peer, "InitProducerId", version)
    name = f"init-{version}"
    topic = peer.topic(f"{name}-topic") and f"{name}-topic"

    def take(title, transactional_id=name, timeout=60_000, producer=(-1, -1)):
        values = {"ProducerId": producer[0], "ProducerEpoch": producer[1]} if version >= 3 else {}
        return ask(title, TransactionalId=transactional_id, TransactionTimeoutMs=timeout, **values)

    producer = begin(peer, name)
    take("transactional: again")
    take("transactional: refused: no timeout", timeout=0)
    take("transactional: refused: a negative timeout", timeout=-1)
    take("transactional: refused: too long", timeout=900_001)
    take("transactional: as long as may be", timeout=900_000)
    if version >= 3:
        current = begin(peer, name)
        take("transactional: goes on", producer=current)
        take("transactional: goes on, again", producer=current)
        take("transactional: refused: another id", producer=(current[0] + 1_000_000, 0))
        take("transactional: refused: an older epoch", producer=producer)
        take("transactional: refused: an epoch to come", producer=(current[0], 1000))
        take("transactional: refused: half a claim", producer=(current[0], -1))
        take("transactional: refused: the other half", producer=(-1, 0))
    producer = begin(peer, name)
    add(peer, name, producer, topic, 0)
    begin(peer, name)
    take("transactional: what was begun is aborted")


# Taking part.

@script
def add_partitions_to_txn(peer, version):
    """Without a list of no transactions, which Kafka never answers."""
    ask = asker(peer, "AddPartitionsToTxn", version)
    name, topic = f"add-{version}", f"add-{version}-topic"
    peer.topic(topic, 3)
    producer = begin(peer, name)

    def join(title, transactional_id, producer, *topics, only_look=False):
        topics = [{"Name": name, "Partitions": list(numbers)} for name, *numbers in topics]
        if version < 4:
            ask(title, V3AndBelowTransactionalId=transactional_id, V3AndBelowProducerId=producer[0],
                V3AndBelowProducerEpoch=producer[1], V3AndBelowTopics=topics)
        else:
            ask(title, Transactions=[{**claim(transactional_id, producer), "VerifyOnly": only_look,
                                      "Topics": topics}])

    older, newer = (producer[0], producer[1] - 1), (producer[0], producer[1] + 1)
    join("refused: an id that nobody has", f"{name}-x", producer, (topic, 0, 1))
    join("refused: no id", "", producer, (topic, 0))
    join("refused: another producer", name, (producer[0] + 1_000_000, 0), (topic, 0))
    join("refused: an epoch to come", name, newer, (topic, 0))
    join("refused: an epoch of the past", name, older, (topic, 0))
    join("refused: a partition that is not there", name, producer, (topic, 0, 9, 1))
    join("refused: a topic that is not there", name, producer, (topic, 0), (f"{topic}-x", 0))
    join("refused: nothing but what is not there", name, producer, (f"{topic}-x", 0))
    join("two", name, producer, (topic, 0, 1))
    join("two, again", name, producer, (topic, 1, 0))
    join("one more", name, producer, (topic, 2))
    join("no partition", name, producer, (topic,))
    join("no topic", name, producer)
    if version >= 4:
        join("a look", name, producer, (topic, 0), only_look=True)
        other = begin(peer, f"{name}-other")
        join("a look at none", f"{name}-other", other, (topic, 0), only_look=True)
        add(peer, f"{name}-other", other, topic, 1)
        join("a look at two", f"{name}-other", other, (topic, 0, 1), only_look=True)
        join("a look with an older epoch", name, newer, (topic, 0), only_look=True)
        join("a look at an id that nobody has", f"{name}-x", producer, (topic, 0), only_look=True)
        ask("two transactions", Transactions=[
            {**claim(one, who), "VerifyOnly": look,
             "Topics": [{"Name": topic, "Partitions": [0]}]}
            for one, who, look in ((name, producer, False), (f"{name}-other", other, True))])
    end(peer, name, producer)
    join("after the end", name, producer, (topic, 0))


@script
def add_offsets_to_txn(peer, version):
    ask = asker(peer, "AddOffsetsToTxn", version)
    name = f"offsets-{version}"
    producer = begin(peer, name)

    def join(title, transactional_id=name, producer=producer, group="a-group"):
        ask(title, **claim(transactional_id, producer), GroupId=group)

    join("refused: an id that nobody has", f"{name}-x")
    join("refused: no id", "")
    join("refused: another producer", producer=(producer[0] + 1_000_000, 0))
    join("refused: an epoch to come", producer=(producer[0], 100))
    join("a group")
    join("the group, again")
    join("another group", group="b-group")
    join("an empty group", group="")


@continued("Produce")
def transactional_produce(peer, version):
    ask = asker(peer, "Produce", version)
    name, topic = f"write-{version}", f"write-{version}-topic"
    known = peer.topic(topic, 4)
    producer, other = begin(peer, name), begin(peer, f"{name}-other")

    def send(title, data, partition=0, transactional_id=name, more=()):
        answer = ask(
            f"transactional: {title}", TransactionalId=transactional_id, Acks=-1, TimeoutMs=5000,
            TopicData=[{"Name": topic, "TopicId": known,
                        "PartitionData": [{"Index": partition, "Records": data}, *more]}])
        return answer

    send("what was not added", transactional(producer, b"a"), 0)
    send("refused: no id", transactional(producer, b"a"), 1, None)
    send("refused: another id", transactional(producer, b"a"), 1, f"{name}-x")
    send("refused: an epoch to come", transactional((producer[0], 9), b"a"), 1)
    send("refused: two producers", transactional(producer, b"a"), 1,
         more=[{"Index": 2, "Records": transactional(other, b"b")}])
    add(peer, name, producer, topic, 1, 2, 3)
    send("what was added", transactional(producer, b"a"), 1)
    send("the next", transactional(producer, b"b", sequence=1), 1)
    send("again", transactional(producer, b"b", sequence=1), 1)
    send("refused: a gap", transactional(producer, b"b", sequence=7), 1)
    send("refused: beside the transaction", batch([b"c"], timestamp=TIME, producer=(*producer, 2)), 1)
    send("where none is open", batch([b"c"], timestamp=TIME, producer=(*producer, 0)), 2)
    end(peer, name, producer)
    send("after the end", transactional(producer, b"c", sequence=2), 1)
    newer = begin(peer, name)
    add(peer, name, newer, topic, 1)
    send("refused: fenced", transactional(producer, b"d", sequence=3), 1)
    send("of the new epoch", transactional(newer, b"d"), 1)


# Reading.

@continued("Fetch")
def committed_fetch(peer, version):
    name, topic = f"committed-{version}", f"committed-{version}-topic"
    known = peer.topic(topic)
    producers = {one: begin(peer, f"{name}-{one}") for one in "abc"}
    # Kafka would begin another segment with the markers, if they were of another time, and an answer ends there.
    now = int(time.time() * 1000)

    def read(title, offset=0):
        for isolation in (0, 1):
            answer = peer.do("Fetch", {
                "MaxWaitMs": 0, "MinBytes": 0, "MaxBytes": 1 << 20, "SessionEpoch": -1,
                "IsolationLevel": isolation, "Topics": [{
                    "Topic": topic, "TopicId": known, "Partitions": [{
                        "Partition": 0, "FetchOffset": offset, "PartitionMaxBytes": 1 << 20}]}]},
                version)
            [partition] = answer["Responses"][0]["Partitions"]
            # Markers have the times of their brokers.
            partition["Length"] = len(partition.pop("Records") or b"")
            peer.record(f"{title}, isolation {isolation}", "Fetch", version, answer)

    for one, producer in producers.items():
        write(peer, f"{name}-{one}", producer, topic, one.encode(), timestamp=now)
    peer.produce(topic, batch([b"plain"], timestamp=now))
    read("three are open")
    end(peer, f"{name}-b", producers["b"], version=5)
    read("the second is committed")
    end(peer, f"{name}-a", producers["a"], committed=False, version=5)
    read("the first is aborted")
    end(peer, f"{name}-c", producers["c"], committed=False, version=5)
    read("all are over")
    read("from behind the first", 1)
    read("from the first marker", 4)
    read("from the last marker", 6)
    read("from the end", 7)


@continued("ListOffsets")
def committed_end(peer, version):
    name, topic = f"ends-{version}", f"ends-{version}-topic"
    peer.topic(topic)
    producer = begin(peer, name)

    def look(title):
        for isolation in (0, 1) if version >= 2 else (0,):
            for time_asked in (-1, TIME, *((-3,) if version >= 7 else ())):
                answer = peer.do("ListOffsets", {
                    "ReplicaId": -1, "IsolationLevel": isolation, "Topics": [{
                        "Name": topic, "Partitions": [
                            {"PartitionIndex": 0, "Timestamp": time_asked}]}]}, version)
                [partition] = answer["Topics"][0]["Partitions"]
                if partition["Timestamp"] > TIME:
                    partition["Timestamp"] = "a marker's"
                peer.record(f"{title}, isolation {isolation}, {time_asked}", "ListOffsets", version,
                            answer)

    write(peer, name, producer, topic, b"a")
    look("open from the first")
    producer = end(peer, name, producer, version=5)
    look("nothing is open")
    write(peer, name, producer, topic, b"b")
    look("open from the second")


# Ending.

@script
def end_txn(peer, version):
    ask = asker(peer, "EndTxn", version)
    name, topic = f"end-{version}", f"end-{version}-topic"
    peer.topic(topic)

    def finish(title, producer, committed=True, transactional_id=name):
        answer = patiently(lambda: peer.do("EndTxn", {
            **claim(transactional_id, producer), "Committed": committed}, version),
            lambda answer: answer["ErrorCode"])
        peer.record(title, "EndTxn", version, answer)
        if answer["ErrorCode"] == 0:
            ended(peer, name)
        if version >= 5 and answer["ErrorCode"] == 0:
            return answer["ProducerId"], answer["ProducerEpoch"]
        return producer

    producer = begin(peer, name)
    finish("refused: an id that nobody has", producer, transactional_id=f"{name}-x")
    finish("refused: no id", producer, transactional_id="")
    finish("refused: another producer", (producer[0] + 1_000_000, 0))
    finish("refused: an epoch to come", (producer[0], 100))
    finish("a commit of nothing", producer)
    producer = finish("an abort of nothing", producer, False)
    for committed in (True, False):
        word = "commit" if committed else "abort"
        add(peer, name, producer, topic, 0)
        before, producer = producer, finish(f"a {word}", producer, committed)
        finish(f"a {word}, again", before, committed)
        finish(f"a {word}, then not, as before", before, not committed)
        finish(f"a {word}, again, as after it", producer, committed)
        producer = begin(peer, name)
        producer = finish(f"nothing after a {word}, aborted", producer, False)
        producer = begin(peer, name)


@script
def write_txn_markers(peer, version):
    ask = asker(peer, "WriteTxnMarkers", version)
    name, topic = f"markers-{version}", f"markers-{version}-topic"
    peer.topic(topic, 2)

    def mark(title, producer, *partitions, committed=False, epoch=0, topic=topic, **values):
        ask(title, Markers=[{
            "ProducerId": producer[0], "ProducerEpoch": producer[1],
            "TransactionResult": committed, "CoordinatorEpoch": epoch, **values,
            "Topics": [{"Name": topic, "PartitionIndexes": list(partitions)}]}])

    producer = begin(peer, name)
    write(peer, name, producer, topic, b"a")
    mark("an abort of what is open", producer, 0, epoch=3)
    mark("again", producer, 0, epoch=3)
    mark("refused: an older coordinator", producer, 0, epoch=2)
    mark("where nothing was written", producer, 1)
    mark("a newer epoch", (producer[0], producer[1] + 1), 0, epoch=3)
    mark("refused: an older epoch", producer, 0, epoch=3)
    mark("refused: not there", producer, 9)
    mark("refused: no such topic", producer, 0, topic=f"{topic}-x")
    mark("no partitions", producer)
    ask("none", Markers=[])


# Positions.

@script
def txn_offset_commit(peer, version):
    ask = asker(peer, "TxnOffsetCommit", version)
    name, topic, group = f"hold-{version}", f"hold-{version}-topic", f"hold-{version}-group"
    known = peer.topic(topic, 2)
    peer.do("OffsetCommit", {"GroupId": group, "Topics": [
        {"Name": topic, "Partitions": [{"PartitionIndex": 1, "CommittedOffset": 1}]}]}, 2)
    producer = begin(peer, name)

    def hold(title, *positions, transactional_id=name, producer=producer, group=group,
             topic=topic, topic_id=known, metadata="", **values):
        return ask(title, **claim(transactional_id, producer), GroupId=group, **values, Topics=[{
            "Name": topic, "TopicId": topic_id, "Partitions": [
                {"PartitionIndex": partition, "CommittedOffset": offset,
                 "CommittedMetadata": metadata} for partition, offset in positions]}])

    hold("what was not added", (0, 5))
    hold("another id, of the same producer", (0, 5), transactional_id=f"{name}-x")
    hold("no id, of the same producer", (0, 5), transactional_id="")
    hold("refused: another producer", (0, 5), producer=(producer[0] + 1_000_000, 0))
    hold("refused: an epoch to come", (0, 5), producer=(producer[0], 100))
    add_group(peer, name, producer, group)
    hold("what was added", (0, 5), (1, 6))
    hold("again", (0, 7))
    hold("a partition that is not there", (0, 7), (9, 1))
    hold("refused: no such topic", (0, 1), topic=f"{topic}-x", topic_id=NOWHERE)
    hold("refused: long metadata", (0, 8), metadata="m" * 5000)
    hold("refused: no group", (0, 8), group="")
    hold("no partitions")
    for stable in (False, True):
        answer = peer.do("OffsetFetch", {"RequireStable": stable, "Groups": [
            {"GroupId": group, "Topics": [{"Name": topic, "PartitionIndexes": [0, 1]}]}]}, 9)
        peer.record(f"what is seen before, stable {stable}", "OffsetFetch", 9, answer)
    end(peer, name, producer)
    answer = peer.do("OffsetFetch", {"RequireStable": True, "Groups": [
        {"GroupId": group, "Topics": [{"Name": topic, "PartitionIndexes": [0, 1]}]}]}, 9)
    peer.record("what is seen after", "OffsetFetch", 9, answer)
    if version < 3:
        return
    missing, classic, modern = (f"{group}-{kind}" for kind in ("missing", "classic", "modern"))
    for one in (missing, classic, modern):
        add_group(peer, name, producer, one)
    member, generation = join(peer, classic, topic)
    hold("refused: a member of no group", (0, 1), group=missing, MemberId="m",
         GenerationIdOrMemberEpoch=1)
    hold("nobody of no group", (0, 1), group=missing)
    hold("a member", (0, 1), group=classic, MemberId=member, GenerationIdOrMemberEpoch=generation)
    hold("nobody, beside members", (0, 1), group=classic)
    hold("refused: another generation", (0, 1), group=classic, MemberId=member,
         GenerationIdOrMemberEpoch=generation + 1)
    hold("refused: another member", (0, 1), group=classic, MemberId="x",
         GenerationIdOrMemberEpoch=generation)
    hold("refused: a generation and nobody", (0, 1), group=classic,
         GenerationIdOrMemberEpoch=generation)
    hold("refused: a static member that is not there", (0, 1), group=classic, MemberId=member,
         GroupInstanceId="i", GenerationIdOrMemberEpoch=generation)
    member, epoch = consume(peer, modern, topic)
    hold("a consumer", (0, 1), group=modern, MemberId=member, GenerationIdOrMemberEpoch=epoch)
    hold("nobody, beside consumers", (0, 1), group=modern)
    hold("refused: an epoch to come for a consumer", (0, 1), group=modern, MemberId=member,
         GenerationIdOrMemberEpoch=epoch + 1)
    hold("refused: another consumer", (0, 1), group=modern, MemberId="x",
         GenerationIdOrMemberEpoch=epoch)


# Administration.

@script
def describe_transactions(peer, version):
    ask = asker(peer, "DescribeTransactions", version)
    name, topic = f"describe-{version}", f"describe-{version}-topic"
    peer.topic(topic, 3)
    producer = begin(peer, name)

    def look(title, *names):
        answer = peer.do("DescribeTransactions", {"TransactionalIds": list(names)})
        for state in answer["TransactionStates"]:
            if state["TransactionStartTimeMs"] > 0:
                state["TransactionStartTimeMs"] = "some time"
        peer.record(title, "DescribeTransactions", version, answer)

    look("empty", name)
    add(peer, name, producer, topic, 2, 0)
    add_group(peer, name, producer, "g")
    look("ongoing", name)
    look("twice, and one that is not there", name, f"{name}-x", name)
    look("no id", "")
    look("none")
    end(peer, name, producer)
    look("committed", name)
    begin(peer, name)
    look("begun again", name)


@script
def list_transactions(peer, version):
    ask = asker(peer, "ListTransactions", version)
    name, topic = f"list-{version}", f"list-{version}-topic"
    peer.topic(topic)
    producers = {one: begin(peer, f"{name}-{one}") for one in "abc"}
    everyone = [producer for producer, _ in producers.values()]
    add(peer, f"{name}-b", producers["b"], topic, 0)
    add(peer, f"{name}-c", producers["c"], topic, 0)
    end(peer, f"{name}-c", producers["c"])

    def look(title, states=(), producers=everyone, **values):
        ask(title, StateFilters=list(states), ProducerIdFilters=producers, **values)

    look("of three producers")
    look("one producer", producers=everyone[:1])
    look("no producer that there is", producers=[1 << 50])
    look("ongoing", ["Ongoing"])
    look("two states", ["Ongoing", "Empty"])
    look("states without a transaction", ["PrepareCommit", "PrepareAbort", "CompleteAbort"])
    look("a state that is none", ["Nonsense"])
    look("a state that is none, and one", ["Nonsense", "Empty"])
    look("in small letters", ["ongoing"])
    look("dead", ["Dead"])
    look("fencing", ["PrepareEpochFence"])
    if version >= 1:
        look("for an hour", DurationFilter=3_600_000)
        look("ongoing for an hour", ["Ongoing"], DurationFilter=3_600_000)
        look("ongoing for no time", ["Ongoing"], DurationFilter=-1)
    if version >= 2:
        look("a pattern", TransactionalIdPattern=f"{name}-[ab]")
        look("half a pattern", TransactionalIdPattern=f"{name}-")
        look("an empty pattern", TransactionalIdPattern="")
        look("refused: a pattern that is none", TransactionalIdPattern="(")
