"""What the two brokers are asked about groups; see kafka_scripts."""

import struct
import uuid

from kafka_scripts import NOWHERE, asker, script
from wire import string

JOIN = {"SessionTimeoutMs": 30_000, "RebalanceTimeoutMs": 30_000, "ProtocolType": "consumer"}


def subscription(*topics):
    """A classic consumer's, of version 0."""
    names = b"".join(string(topic) for topic in topics)
    return struct.pack(">hi", 0, len(topics)) + names + struct.pack(">i", -1)


def protocols(*topics, names=("range",)):
    return [{"Name": name, "Metadata": subscription(*topics)} for name in names]


def join(peer, group, *topics, instance=None, client=0, **settings):
    """A member's id and generation; it leads the group and has synchronised it."""
    values = {**JOIN, "GroupId": group, "GroupInstanceId": instance, **settings,
              "Protocols": settings.get("Protocols", protocols(*topics))}
    answer = peer.do("JoinGroup", values, client=client)
    if answer["ErrorCode"] == 79:
        answer = peer.do("JoinGroup", {**values, "MemberId": answer["MemberId"]}, client=client)
    assert answer["ErrorCode"] == 0, answer
    member, generation = answer["MemberId"], answer["GenerationId"]
    peer.do("SyncGroup", {
        "GroupId": group, "GenerationId": generation, "MemberId": member,
        "GroupInstanceId": instance, "ProtocolType": values["ProtocolType"],
        "ProtocolName": answer["ProtocolName"],
        "Assignments": [{"MemberId": member, "Assignment": b"assigned"}]}, client=client)
    return peer.call(member, "the member"), generation


def consume(peer, group, *topics, client=0, **settings):
    """A member of a KIP-848 group, by its id and epoch."""
    member = peer.call(str(uuid.uuid4()), "the consumer")
    answer = peer.do("ConsumerGroupHeartbeat", {
        "GroupId": group, "MemberId": member, "MemberEpoch": 0, "RebalanceTimeoutMs": 30_000,
        "SubscribedTopicNames": list(topics), "TopicPartitions": [], **settings}, client=client)
    assert answer["ErrorCode"] == 0, answer
    return member, answer["MemberEpoch"]


@script
def join_group(peer, version):
    name = f"join-{version}"

    def enter(title, group=name, member="", **values):
        answer = peer.do("JoinGroup", {
            **JOIN, "GroupId": group, "MemberId": member, "Protocols": protocols("t"), **values},
            version)
        if answer["MemberId"] not in ("", *peer.words):
            peer.call(answer["MemberId"], f"the member of {title!r}")
        peer.record(title, "JoinGroup", version, answer)
        return answer

    first = enter("a new member")
    member = first["MemberId"]
    if first["ErrorCode"] == 79:
        enter("with the id given", member=member)
    enter("again before it synchronised", member=member)
    peer.do("SyncGroup", {"GroupId": name, "GenerationId": 1, "MemberId": member,
                          "ProtocolType": "consumer", "ProtocolName": "range",
                          "Assignments": [{"MemberId": member, "Assignment": b"x"}]})
    enter("again as leader", member=member)
    enter("refused: an unknown member", member="nobody")
    enter("refused: an unknown member of no group", f"{name}-none", member="nobody")
    enter("refused: no group", "")
    enter("refused: a short session", SessionTimeoutMs=1)
    enter("refused: a long session", SessionTimeoutMs=10**8)
    enter("refused: another protocol", member=member, Protocols=protocols("t", names=["sticky"]))
    enter("refused: another type", ProtocolType="connect")
    enter("refused: no type", ProtocolType="")
    enter("refused: no protocols", Protocols=[])
    enter("refused: neither in a new group", f"{name}-new", ProtocolType="")
    enter("refused: no protocols in a new group", f"{name}-new", Protocols=[])
    if version >= 5:
        enter("static", f"{name}-s", GroupInstanceId="one")
        enter("refused: a fenced instance", f"{name}-s", "another", GroupInstanceId="one")
        enter("refused: an instance nobody knows", f"{name}-s", "another", GroupInstanceId="two")
        enter("a long instance", f"{name}-l", GroupInstanceId="x" * 250)
        enter("an empty instance", f"{name}-e", GroupInstanceId="")


@script
def sync_group(peer, version):
    ask = asker(peer, "SyncGroup", version)
    name = f"sync-{version}"
    member, generation = join(peer, name, "t")
    base = {"GroupId": name, "GenerationId": generation, "MemberId": member,
            "ProtocolType": "consumer", "ProtocolName": "range", "Assignments": []}

    def sync(title, **values):
        ask(title, **{**base, **values})

    sync("stable already")
    sync("refused: an unknown member", MemberId="nobody")
    sync("refused: no member", MemberId="")
    sync("refused: an old generation", GenerationId=generation - 1)
    sync("refused: a new generation", GenerationId=generation + 1)
    sync("refused: no such group", GroupId=f"{name}-none")
    sync("refused: no group", GroupId="")
    if version >= 3:
        sync("refused: an instance nobody knows", GroupInstanceId="one")
    if version >= 5:
        sync("refused: another type", ProtocolType="connect")
        sync("refused: another protocol", ProtocolName="sticky")
        sync("refused: no type", ProtocolType=None)
        sync("refused: no protocol", ProtocolName=None)


@script
def heartbeat(peer, version):
    ask = asker(peer, "Heartbeat", version)
    name = f"heartbeat-{version}"
    member, generation = join(peer, name, "t")
    base = {"GroupId": name, "GenerationId": generation, "MemberId": member}

    def beat(title, **values):
        ask(title, **{**base, **values})

    beat("stable")
    beat("refused: an unknown member", MemberId="nobody")
    beat("refused: no member", MemberId="")
    beat("refused: an old generation", GenerationId=generation - 1)
    beat("refused: generation -1", GenerationId=-1)
    beat("refused: no such group", GroupId=f"{name}-none")
    beat("refused: no group", GroupId="")
    if version >= 3:
        beat("refused: an instance nobody knows", GroupInstanceId="one")


@script
def leave_group(peer, version):
    ask = asker(peer, "LeaveGroup", version)
    name = f"leave-{version}"
    member, _ = join(peer, name, "t")

    def leave(title, *members, group=name):
        if version < 3:
            ask(title, GroupId=group, MemberId=members[0] if members else "")
        else:
            ask(title, GroupId=group, Members=[
                {"MemberId": one} if isinstance(one, str) else one for one in members])

    leave("refused: an unknown member", "nobody")
    leave("refused: no member", "")
    leave("refused: no such group", "nobody", group=f"{name}-none")
    leave("refused: no group", "nobody", group="")
    if version >= 3:
        leave("none")
        static, _ = join(peer, f"{name}-s", "t", instance="one")
        leave("refused: an instance nobody knows", {"MemberId": "", "GroupInstanceId": "two"},
              group=f"{name}-s")
        leave("refused: a fenced instance", {"MemberId": "another", "GroupInstanceId": "one"},
              group=f"{name}-s")
        leave("by instance, and one nobody knows", {"MemberId": "", "GroupInstanceId": "one"},
              "nobody", group=f"{name}-s")
    leave("the member", member)
    leave("gone already", member)


@script
def offset_commit(peer, version):
    ask = asker(peer, "OffsetCommit", version)
    name = f"commit-{version}"
    known = peer.topic(name, 2)
    member, generation = join(peer, f"{name}-group", name)

    def commit(title, offset=1, group=name, partition=0, topic=name, topic_id=known, metadata="",
               epoch=-1, more=(), **values):
        ask(title, **{"GroupId": group, "GenerationIdOrMemberEpoch": -1, "MemberId": "",
                      "RetentionTimeMs": -1, **values}, Topics=[{
            "Name": topic, "TopicId": topic_id, "Partitions": [{
                "PartitionIndex": partition, "CommittedOffset": offset,
                "CommittedLeaderEpoch": epoch, "CommittedMetadata": metadata}, *more]}])

    within = {"group": f"{name}-group", "GenerationIdOrMemberEpoch": generation, "MemberId": member}
    commit("by hand", 5, metadata="note")
    commit("by hand, null", 6, metadata=None)
    commit("a member", 7, **within)
    commit("-1", -1)
    commit("-2", -2)
    commit("an epoch", 3, epoch=7)
    commit("an epoch below -1", 3, epoch=-5)
    commit("a long note", metadata="x" * 5000)
    commit("a long note and a short", metadata="x" * 5000, more=[
        {"PartitionIndex": 1, "CommittedOffset": 3, "CommittedMetadata": ""}])
    ask("nothing", GroupId=name, GenerationIdOrMemberEpoch=-1, MemberId="", Topics=[])
    ask("nothing, unknown member", GroupId=name, GenerationIdOrMemberEpoch=4, MemberId="nobody",
        Topics=[])
    ask("no partitions", GroupId=name, GenerationIdOrMemberEpoch=-1, MemberId="", Topics=[
        {"Name": name, "TopicId": known, "Partitions": []}])
    commit("refused: no such partition", partition=9)
    commit("refused: partition -1", partition=-1)
    commit("refused: not there", topic=f"{name}-missing", topic_id=NOWHERE)
    commit("refused: an illegal name", topic="a b", topic_id=uuid.UUID(int=0))
    commit("good and bad", more=[{"PartitionIndex": 9, "CommittedOffset": 3}])
    commit("twice", more=[{"PartitionIndex": 0, "CommittedOffset": 9, "CommittedMetadata": ""}])
    commit("refused: an unknown member", **{**within, "MemberId": "nobody"})
    commit("refused: an old generation", **{**within, "GenerationIdOrMemberEpoch": generation - 1})
    commit("refused: by hand while there are members", group=f"{name}-group")
    commit("refused: no group", group="")
    commit("refused: a generation of no name", group="", GenerationIdOrMemberEpoch=4)
    commit("refused: a member of no name", group="", GenerationIdOrMemberEpoch=0, MemberId="nobody")
    ask("no partitions of what is not there", GroupId=name, GenerationIdOrMemberEpoch=-1,
        MemberId="", Topics=[{"Name": f"{name}-missing", "TopicId": NOWHERE, "Partitions": []}])
    commit("refused: a generation of no group", group=f"{name}-none", GenerationIdOrMemberEpoch=4,
           MemberId="nobody")
    if version >= 7:
        commit("refused: an instance nobody knows", **within, GroupInstanceId="one")
    if version >= 9:
        consumer, epoch = consume(peer, f"{name}-848", name)
        modern = {"group": f"{name}-848", "GenerationIdOrMemberEpoch": epoch, "MemberId": consumer}
        commit("a consumer", 4, **modern)
        commit("refused: a consumer's old epoch",
               **{**modern, "GenerationIdOrMemberEpoch": epoch - 1})
        commit("refused: a consumer's new epoch",
               **{**modern, "GenerationIdOrMemberEpoch": epoch + 1})
        commit("refused: an unknown consumer", **{**modern, "MemberId": "nobody"})
        commit("refused: by hand beside consumers", group=f"{name}-848")


@script
def offset_fetch(peer, version):
    ask = asker(peer, "OffsetFetch", version)
    name = f"positions-{version}"
    known = peer.topic(name, 3)
    for partition, offset, note, epoch in [(0, 5, "note", 0), (1, 6, None, -1)]:
        peer.do("OffsetCommit", {"GroupId": name, "GenerationIdOrMemberEpoch": -1, "MemberId": "",
                "Topics": [{"Name": name, "Partitions": [{
                    "PartitionIndex": partition, "CommittedOffset": offset,
                    "CommittedLeaderEpoch": epoch, "CommittedMetadata": note}]}]}, 9)

    def look(title, *partitions, group=name, topic=name, topic_id=known, member=None, epoch=-1,
             every=False, stable=False):
        topics = [{"Name": topic, "TopicId": topic_id, "PartitionIndexes": list(partitions)}]
        topics = None if every else topics
        ask(title, GroupId=group, Topics=topics and [
            {key: value for key, value in topic.items() if key != "TopicId"} for topic in topics],
            RequireStable=stable, Groups=[{"GroupId": group, "MemberId": member,
                                           "MemberEpoch": epoch, "Topics": topics}])

    look("committed and not", 0, 1, 2)
    look("stable", 0, stable=True)
    look("no such partition", 9, -1)
    look("not there", 0, topic=f"{name}-missing", topic_id=NOWHERE)
    look("an illegal name", 0, topic="a b", topic_id=uuid.UUID(int=0))
    look("no partitions")
    look("twice", 0, 0)
    look("no such group", 0, group=f"{name}-none")
    look("no group", 0, group="")
    if version >= 2:
        look("everything", every=True)
        look("everything of no group", group=f"{name}-none", every=True)
    if version >= 8:
        groups = [{"GroupId": group, "Topics": [
            {"Name": name, "TopicId": known, "PartitionIndexes": [0]}]}
            for group in (name, f"{name}-none", name)]
        ask("groups", Groups=groups)
        ask("no groups", Groups=[])
        ask("no topics", Groups=[{"GroupId": name, "Topics": []}])
    if version >= 9:
        consumer, epoch = consume(peer, f"{name}-848", name)
        modern = {"group": f"{name}-848", "member": consumer, "epoch": epoch}
        look("a consumer", 0, **modern)
        look("refused: an old epoch", 0, **{**modern, "epoch": epoch - 1})
        look("refused: an unknown consumer", 0, **{**modern, "member": "nobody"})
        look("refused: a consumer of no group", 0, group=f"{name}-none", member="a", epoch=1)
        look("refused: everything for an old epoch", every=True, **{**modern, "epoch": epoch - 1})
        look("a member of a classic group", 0, member="nobody", epoch=4)
        look("an outsider", 0, group=f"{name}-848")
    if version >= 10:
        ask("no id", Groups=[{"GroupId": name, "Topics": [{"PartitionIndexes": [0]}]}])


@script
def describe_groups(peer, version):
    ask = asker(peer, "DescribeGroups", version)
    name = f"describe-{version}"
    join(peer, name, "t", instance="one")
    consume(peer, f"{name}-848", "t")
    peer.topic(name)
    peer.do("OffsetCommit", {"GroupId": f"{name}-simple", "GenerationIdOrMemberEpoch": -1,
                             "MemberId": "", "Topics": [{"Name": name, "Partitions": [
                                 {"PartitionIndex": 0, "CommittedOffset": 0,
                                  "CommittedMetadata": ""}]}]}, 9)

    def show(title, *groups, **values):
        ask(title, Groups=list(groups), **values)

    show("stable", name)
    show("rights", name, f"{name}-none", IncludeAuthorizedOperations=True)
    show("positions only", f"{name}-simple")
    show("not there", f"{name}-none")
    show("no name", "")
    show("of consumers", f"{name}-848")
    show("none")
    show("twice", name, name)
    answer = peer.do("JoinGroup", {
        **JOIN, "GroupId": f"{name}-connect", "ProtocolType": "connect",
        "Protocols": [{"Name": "default", "Metadata": b"x"}]}, 1)
    peer.call(answer["MemberId"], "the member of another type")
    show("before it synchronised", f"{name}-connect")
    member, _ = join(peer, f"{name}-left", "t")
    peer.do("LeaveGroup", {"GroupId": f"{name}-left", "Members": [{"MemberId": member}]})
    show("empty", f"{name}-left")


@script
def list_groups(peer, version):
    name = f"list-{version}"
    join(peer, name, "t")
    consume(peer, f"{name}-848", "t")
    join(peer, f"{name}-connect", ProtocolType="connect",
         Protocols=[{"Name": "default", "Metadata": b"x"}])
    member, _ = join(peer, f"{name}-left", "t")
    peer.do("LeaveGroup", {"GroupId": f"{name}-left", "Members": [{"MemberId": member}]})
    mine = {name, f"{name}-848", f"{name}-connect", f"{name}-left"}

    def show(title, **values):
        answer = peer.do("ListGroups", values, version)
        answer["Groups"] = [
            one for one in answer["Groups"] if one["GroupId"] in mine]
        peer.record(title, "ListGroups", version, answer)

    show("all")
    if version >= 4:
        for states in [["Stable"], ["stable"], ["Empty"], ["Dead"], ["No such"], ["Stable", "Empty"],
                       [""], ["Assigning", "Reconciling"], ["PreparingRebalance"]]:
            show(f"states {states}", StatesFilter=states)
    if version >= 5:
        for types in [["classic"], ["Classic"], ["consumer"], ["CONSUMER"], ["share"], ["no such"],
                      ["streams"], ["classic", "consumer"], [""]]:
            show(f"types {types}", TypesFilter=types)
        show("both", TypesFilter=["consumer"], StatesFilter=["empty"])


@script
def delete_groups(peer, version):
    ask = asker(peer, "DeleteGroups", version)
    name = f"delete-groups-{version}"
    join(peer, f"{name}-used", "t")
    consume(peer, f"{name}-848", "t")
    member, _ = join(peer, f"{name}-left", "t")
    peer.do("LeaveGroup", {"GroupId": f"{name}-left", "Members": [{"MemberId": member}]})

    def delete(title, *groups):
        ask(title, GroupsNames=list(groups))

    delete("none")
    delete("refused: in use", f"{name}-used")
    delete("refused: consumers", f"{name}-848")
    delete("refused: not there", f"{name}-none")
    delete("refused: no name", "")
    delete("one, twice", f"{name}-left", f"{name}-left")
    delete("gone already", f"{name}-left")
    delete("two", f"{name}-none", f"{name}-used")


@script
def offset_delete(peer, version):
    ask = asker(peer, "OffsetDelete", version)
    name = f"forget-{version}"
    for topic in (name, f"{name}-other"):
        peer.topic(topic, 2)
        for group in (name, f"{name}-used"):
            peer.do("OffsetCommit", {"GroupId": group, "GenerationIdOrMemberEpoch": -1,
                                     "MemberId": "", "Topics": [{"Name": topic, "Partitions": [
                                         {"PartitionIndex": 0, "CommittedOffset": 0,
                                          "CommittedMetadata": ""}]}]}, 9)
    join(peer, f"{name}-used", name)
    consume(peer, f"{name}-848", name)

    def forget(title, *partitions, group=name, topic=name):
        ask(title, GroupId=group, Topics=[{"Name": topic, "Partitions": [
            {"PartitionIndex": partition} for partition in partitions]}])

    ask("nothing", GroupId=name, Topics=[])
    forget("no partitions")
    forget("no partitions of what is not there", topic=f"{name}-missing")
    forget("one, and one not there", 0, 9)
    forget("gone already", 0)
    forget("refused: not there", 0, topic=f"{name}-missing")
    forget("refused: read", 0, group=f"{name}-used")
    forget("not read", 0, group=f"{name}-used", topic=f"{name}-other")
    forget("refused: read by consumers", 0, group=f"{name}-848")
    forget("not read by consumers", 0, group=f"{name}-848", topic=f"{name}-other")
    forget("refused: no such group", 0, group=f"{name}-none")
    peer.do("OffsetCommit", {"GroupId": "", "GenerationIdOrMemberEpoch": -1, "MemberId": "",
                             "Topics": [{"Name": name, "Partitions": [
                                 {"PartitionIndex": 0, "CommittedOffset": 0,
                                  "CommittedMetadata": ""}]}]}, 9)
    forget("refused: no group, which is there", 0, group="")
    peer.ask("no group, which is there", "Heartbeat", 4, {"GroupId": "", "MemberId": ""})
    peer.ask("no group, which is there", "SyncGroup", 5, {"GroupId": "", "MemberId": ""})
    peer.do("DeleteGroups", {"GroupsNames": [""]})
    forget("refused: no group", 0, group="")


@script
def consumer_group_heartbeat(peer, version):
    name = f"consumers-{version}"
    peer.topic(name, 2)
    member = peer.call(str(uuid.uuid4()), "the consumer")
    base = {"GroupId": name, "MemberId": member, "MemberEpoch": 0, "RebalanceTimeoutMs": 30_000,
            "SubscribedTopicNames": [name], "TopicPartitions": []}

    def beat(title, **values):
        answer = peer.do("ConsumerGroupHeartbeat", {**base, **values}, version)
        if answer["MemberId"] not in (None, "", *peer.words):
            peer.call(answer["MemberId"], f"the member of {title!r}")
        peer.record(title, "ConsumerGroupHeartbeat", version, answer)
        return answer

    quiet = {"RebalanceTimeoutMs": -1, "SubscribedTopicNames": None, "TopicPartitions": None}
    epoch = beat("enters")["MemberEpoch"]
    beat("goes on", **quiet, MemberEpoch=epoch)
    beat("says everything", MemberEpoch=epoch)
    beat("enters again")
    beat("refused: no rebalance timeout", MemberId=str(uuid.UUID(int=1)), RebalanceTimeoutMs=-1)
    beat("refused: no topics named", MemberId=str(uuid.UUID(int=1)), SubscribedTopicNames=None)
    beat("refused: owns at once", MemberId=str(uuid.UUID(int=1)), TopicPartitions=[
        {"TopicId": NOWHERE, "Partitions": [0]}])
    beat("refused: owned is not told", MemberId=str(uuid.UUID(int=1)), TopicPartitions=None)
    beat("no topics", GroupId=f"{name}-empty", SubscribedTopicNames=[])
    beat("refused: an unknown member", **quiet, MemberId="nobody", MemberEpoch=4)
    beat("refused: an old epoch", **quiet, MemberEpoch=epoch + 5)
    beat("refused: epoch -3", **quiet, MemberEpoch=-3)
    beat("refused: no group", GroupId="")
    beat("refused: no such group", GroupId=f"{name}-none", **quiet, MemberEpoch=3)
    beat("refused: leaves no such group", GroupId=f"{name}-none", **quiet, MemberEpoch=-1)
    beat("refused: an assignor nobody knows", ServerAssignor="mine", MemberId="another")
    beat("refused: an empty rack", RackId="", MemberId="another")
    beat("refused: an empty instance", InstanceId="", MemberId="another")
    beat("refused: -2 without an instance", **quiet, MemberEpoch=-2)
    if version == 0:
        beat("the broker's id", GroupId=f"{name}-drawn", MemberId="")
    if version >= 1:
        beat("refused: no member", MemberId="")
        beat("a pattern", GroupId=f"{name}-re", SubscribedTopicNames=[],
             SubscribedTopicRegex=f"{name}.*")
        beat("refused: a pattern that is none", GroupId=f"{name}-re2", MemberId="another",
             SubscribedTopicNames=[], SubscribedTopicRegex="(")
        beat("pattern and names null", GroupId=f"{name}-re3", MemberId="another",
             SubscribedTopicNames=None, SubscribedTopicRegex="a")
    beat("static", GroupId=f"{name}-s", InstanceId="one")
    beat("refused: an instance in use", GroupId=f"{name}-s", InstanceId="one", MemberId="another")
    beat("static, away for a moment", GroupId=f"{name}-s", **quiet, InstanceId="one",
         MemberEpoch=-2)
    beat("static, with a new member", GroupId=f"{name}-s", InstanceId="one", MemberId="another")
    beat("refused: fenced", GroupId=f"{name}-s", **quiet, InstanceId="one", MemberEpoch=1)
    beat("refused: the instance of nobody", GroupId=f"{name}-s", **quiet, InstanceId="two",
         MemberId="third", MemberEpoch=1)
    join(peer, f"{name}-classic", "t", Protocols=[{"Name": "range", "Metadata": b"nonsense"}])
    beat("refused: a classic group", GroupId=f"{name}-classic", MemberId="another")
    beat("leaves", **quiet, MemberEpoch=-1)
    beat("refused: has left", **quiet, MemberEpoch=-1)


@script
def consumer_group_describe(peer, version):
    ask = asker(peer, "ConsumerGroupDescribe", version)
    name = f"shown-{version}"
    peer.topic(name, 2)
    consume(peer, name, name)
    consume(peer, f"{name}-s", name, InstanceId="one", RackId="here", ServerAssignor="range")
    consume(peer, f"{name}-re", SubscribedTopicRegex=f"{name}.*")
    consume(peer, f"{name}-no", f"{name}-missing")
    join(peer, f"{name}-classic", name)
    member, _ = consume(peer, f"{name}-left", name)
    peer.do("ConsumerGroupHeartbeat", {"GroupId": f"{name}-left", "MemberId": member,
                                       "MemberEpoch": -1, "SubscribedTopicNames": None,
                                       "TopicPartitions": None})

    def show(title, *groups, **values):
        ask(title, GroupIds=list(groups), **values)

    show("names", name)
    show("static", f"{name}-s")
    show("a pattern", f"{name}-re")
    show("of a topic that is not there", f"{name}-no")
    show("empty", f"{name}-left")
    show("rights", name, f"{name}-none", IncludeAuthorizedOperations=True)
    show("not there", f"{name}-none")
    show("no name", "")
    show("classic", f"{name}-classic")
    show("none")
    show("twice", name, name)
