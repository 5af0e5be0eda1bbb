"""The group APIs by hand: every version, and what clients do not say by themselves. What is refused
changes nothing."""

import statistics
import struct
import threading
import time
import uuid

import pytest

import history
from clients import Confluent, create_topic, retrying, texts
from group_wire import (
    CONSUMER_DESCRIBE, CONSUMER_HEARTBEAT, DELETE_GROUPS, DESCRIBE_GROUPS, HEARTBEAT, JOIN, LEAVE,
    LIST_GROUPS, OFFSET_COMMIT, OFFSET_DELETE, OFFSET_FETCH, SYNC, Connection,
)
from groups import QUICK
from wire import fetch_request

UNKNOWN_TOPIC, METADATA_TOO_LARGE, ILLEGAL_GENERATION, INCONSISTENT = 3, 12, 22, 23
INVALID_GROUP, UNKNOWN_MEMBER, INVALID_SESSION, REBALANCING, UNSUPPORTED = 24, 25, 26, 27, 35
INVALID_REQUEST, NON_EMPTY, NOT_FOUND, MEMBER_ID_REQUIRED, FULL, FENCED = 42, 68, 69, 79, 81, 82
SUBSCRIBED = 86
UNKNOWN_TOPIC_ID, FENCED_EPOCH, UNKNOWN_ASSIGNOR, STALE_EPOCH, BAD_REGEX = 100, 110, 112, 113, 128
#: Bytes that are no subscription and no assignment.
OPAQUE = b"\x00\x07\xff not to be parsed \xfe"


class Member:
    """A classic member by hand, on a connection of its own."""

    def __init__(self, broker, group, version=9, protocols=(("range", OPAQUE),), instance=None,
                 protocol_type="consumer", session=6_000):
        self.connection = Connection(broker.port)
        self.group, self.version, self.instance = group, version, instance
        self.protocols, self.protocol_type, self.session = protocols, protocol_type, session
        self.id, self.generation = "", -1

    def at(self, api):
        """The newest version of an API that was there when the member's version of Join was."""
        return min(self.version, api.versions[-1])

    def send_join(self, **changes):
        values = {
            "group_id": self.group, "session_timeout_ms": self.session, "member_id": self.id,
            "protocol_type": self.protocol_type,
            "protocols": [{"name": n, "metadata": m} for n, m in self.protocols], **changes}
        if self.version >= 1:
            values.setdefault("rebalance_timeout_ms", 10_000)
        if self.version >= 5:
            values.setdefault("group_instance_id", self.instance)
        self.connection.send(JOIN.encode(self.version, values))

    def joined(self):
        answer = self.connection.answer(JOIN, self.version)
        if answer["error_code"] in (0, MEMBER_ID_REQUIRED):
            self.id = answer["member_id"]
        if answer["error_code"] == 0:
            self.generation = answer["generation_id"]
        return answer

    def join(self, **changes):
        """One JoinGroup, or two where the first is answered with the member id to use."""
        self.send_join(**changes)
        answer = self.joined()
        if answer["error_code"] == MEMBER_ID_REQUIRED:
            self.send_join(**changes)
            answer = self.joined()
        return answer

    def who(self, version, since_instance=3, **changes):
        values = {"group_id": self.group, "generation_id": self.generation, "member_id": self.id}
        if version >= since_instance:
            values["group_instance_id"] = self.instance
        return values | changes

    def sync(self, assignments=(), **changes):
        version = self.at(SYNC)
        values = self.who(version, assignments=[
            {"member_id": name, "assignment": data} for name, data in dict(assignments).items()])
        if version >= 5:
            values |= {"protocol_type": self.protocol_type, "protocol_name": self.protocols[0][0]}
        return self.connection.ask(SYNC, version, **values | changes)

    def heartbeat(self, **changes):
        version = self.at(HEARTBEAT)
        return self.connection.ask(HEARTBEAT, version, **self.who(version, **changes))["error_code"]

    def commit(self, topic, offset=1, partition=0, version=9, metadata=None, **changes):
        return commit(self.connection, self.group, topic, offset, partition, version, metadata,
                      **{"member_id": self.id, "generation_id": self.generation,
                         **({"group_instance_id": self.instance} if version >= 7 else {}),
                         **changes})

    def leave(self, **changes):
        version = self.at(LEAVE)
        if version < 3:
            return self.connection.ask(
                LEAVE, version, group_id=self.group, member_id=self.id)["error_code"]
        member = {"member_id": self.id, "group_instance_id": self.instance, **changes}
        answer = self.connection.ask(LEAVE, version, group_id=self.group, members=[member])
        assert answer["error_code"] == 0
        [one] = answer["members"]
        return one["error_code"]


def commit(connection, group, topic, offset=1, partition=0, version=9, metadata=None, **changes):
    """The error code of a commit of one partition; without membership unless `changes` say so."""
    values = {"group_id": group, "generation_id": -1, "member_id": "", **changes}
    place = {"partition": partition, "offset": offset, "metadata": metadata}
    if version >= 6:
        place["leader_epoch"] = -1
    if 2 <= version <= 4:
        values["retention_time_ms"] = -1
    name = {"topic_id": topic} if version >= 10 else {"name": topic}
    values["topics"] = [{**name, "partitions": [place]}]
    answer = connection.ask(OFFSET_COMMIT, version, **values)
    [[one]] = [topic["partitions"] for topic in answer["topics"]]
    assert one["partition"] == partition
    return one["error_code"]


def topic_id(broker, topic):
    return uuid.UUID(hex=broker.scalar(f"select hex(uuid) from topics where name = '{topic}'"))


def stable(broker, group, **settings):
    """A group with one member that has its assignment."""
    one = Member(broker, group, **settings)
    assert one.join()["error_code"] == 0
    assert one.sync({one.id: OPAQUE})["error_code"] == 0
    return one


@pytest.fixture
def group(broker, topic):
    """A group's name; a topic of two partitions has the same."""
    return create_topic(broker.bootstrap, topic, 2)


@pytest.fixture
def unchanged(broker, group):
    """What is refused leaves no trace: not in the group's row, its members, offsets or audit."""
    def state():
        return (
            broker.sql(f"select * from group_overview where \"group\" = '{group}'"),
            history.positions_of(broker, group), history.audit_of(broker, group))
    marks = []
    yield lambda: marks.append(state())
    assert marks and state() == marks[0]


class TestARoundInEveryVersion:
    @pytest.mark.parametrize("version", JOIN.versions)
    def test_two_members_join_sync_beat_and_leave(self, broker, group, version):
        one, two = (Member(broker, group, version) for _ in range(2))
        first = one.join()
        assert (first["error_code"], first["generation_id"]) == (0, 1)
        assert first["leader"] == one.id and [m["member_id"] for m in first["members"]] == [one.id]
        assert one.sync({one.id: OPAQUE})["assignment"] == OPAQUE
        assert one.heartbeat() == 0

        two.send_join()
        if version >= 4:
            assert two.joined()["error_code"] == MEMBER_ID_REQUIRED
            two.send_join()
        deadline = time.monotonic() + 5
        while one.heartbeat() == 0 and time.monotonic() < deadline:
            time.sleep(0.01)
        assert one.heartbeat() == REBALANCING
        one.send_join()
        first, second = one.joined(), two.joined()
        assert (first["error_code"], second["error_code"]) == (0, 0)
        assert first["generation_id"] == second["generation_id"] == 2
        assert first["leader"] == second["leader"] == one.id
        assert {m["member_id"]: m["metadata"] for m in first["members"]} == {
            one.id: OPAQUE, two.id: OPAQUE}
        assert second["members"] == []
        assert first["protocol_name"] == "range"
        if version >= 7:
            assert first["protocol_type"] == second["protocol_type"] == "consumer"

        assert one.sync({one.id: b"left", two.id: b"right"})["assignment"] == b"left"
        assert two.sync()["assignment"] == b"right"
        assert (one.heartbeat(), two.heartbeat()) == (0, 0)
        assert two.leave() == 0
        assert two.heartbeat() == UNKNOWN_MEMBER
        assert one.heartbeat() == REBALANCING
        assert one.leave() == 0
        assert broker.scalar(
            f"select state from group_overview where \"group\" = '{group}'") == "Empty"

    @pytest.mark.parametrize("version", OFFSET_COMMIT.versions)
    def test_a_member_and_others_commit(self, broker, group, version):
        name = topic_id(broker, group) if version >= 10 else group
        one = stable(broker, group)
        assert one.commit(name, 5, version=version) == 0
        with Connection(broker.port) as connection:
            alone = f"{group}-alone"
            assert commit(connection, alone, name, 6, 1, version, "text") == 0
        assert history.positions_of(broker, group) == {(group, 0): 5}
        assert history.positions_of(broker, alone) == {(group, 1): 6}

    @pytest.mark.parametrize("version", OFFSET_FETCH.versions)
    def test_positions_are_fetched(self, broker, group, version):
        with Connection(broker.port) as connection:
            assert commit(connection, group, group, 6, 1, metadata="text") == 0
            places = {"name": group, "partitions": [0, 1, 9]}
            if version >= 10:
                places = {"topic_id": topic_id(broker, group), "partitions": [0, 1, 9]}
            if version >= 8:
                one = {"group_id": group, "topics": [places]}
                if version >= 9:
                    one["member_epoch"] = -1
                answer = connection.ask(OFFSET_FETCH, version, groups=[one])["groups"][0]
            else:
                answer = connection.ask(OFFSET_FETCH, version, group_id=group, topics=[places])
        assert answer.get("error_code", 0) == 0
        [[none, some, absent]] = [topic["partitions"] for topic in answer["topics"]]
        assert (some["offset"], some["metadata"], some["error_code"]) == (6, "text", 0)
        assert (none["offset"], none["metadata"], none["error_code"]) == (-1, "", 0)
        assert absent["offset"] == -1

    @pytest.mark.parametrize("version", LIST_GROUPS.versions)
    def test_groups_are_listed(self, broker, group, version):
        stable(broker, group)
        with Connection(broker.port) as connection:
            answer = connection.ask(LIST_GROUPS, version)
        assert answer["error_code"] == 0
        [row] = [row for row in answer["groups"] if row["group_id"] == group]
        assert row["protocol_type"] == "consumer"
        assert row.get("group_state", "Stable") == "Stable"
        assert row.get("group_type", "classic") == "classic"

    @pytest.mark.parametrize("version", DESCRIBE_GROUPS.versions)
    def test_an_assignment_that_does_not_parse_is_described_as_it_came(
            self, broker, group, version):
        one = stable(broker, group, instance="steady")
        with Connection(broker.port) as connection:
            answer = connection.ask(DESCRIBE_GROUPS, version, groups=[group, "absent"])
        found, absent = answer["groups"]
        assert (found["error_code"], found["group_state"]) == (0, "Stable")
        assert (found["protocol_type"], found["protocol_data"]) == ("consumer", "range")
        [member] = found["members"]
        assert member["member_id"] == one.id
        assert (member["member_metadata"], member["member_assignment"]) == (OPAQUE, OPAQUE)
        assert (member["client_id"], member["client_host"]) == ("by-hand", "/127.0.0.1")
        if version >= 4:
            assert member["group_instance_id"] == "steady"
        assert absent["group_state"] == "Dead"
        assert absent["error_code"] == (NOT_FOUND if version >= 6 else 0)
        assert broker.scalar(
            f"select assignment from group_overview where \"group\" = '{group}'"
        ) == f'{{"{one.id}":[]}}'

    @pytest.mark.parametrize("version", DELETE_GROUPS.versions)
    def test_groups_are_deleted(self, broker, group, version):
        one = stable(broker, group)
        with Connection(broker.port) as connection:
            answer = connection.ask(DELETE_GROUPS, version, groups_names=[group, "absent", ""])
            assert [r["error_code"] for r in answer["results"]] == [
                NON_EMPTY, NOT_FOUND, NOT_FOUND]
            assert one.leave() == 0
            answer = connection.ask(DELETE_GROUPS, version, groups_names=[group])
            assert [r["error_code"] for r in answer["results"]] == [0]
        assert broker.sql(f"select * from group_overview where \"group\" = '{group}'") == []


class TestJoiningIsRefused:
    @pytest.mark.parametrize("changes, code", [
        ({"group_id": ""}, INVALID_GROUP),
        ({"session_timeout_ms": 5_999}, INVALID_SESSION),
        ({"session_timeout_ms": 1_800_001}, INVALID_SESSION),
        ({"member_id": "nobody"}, UNKNOWN_MEMBER),
        ({"protocols": []}, INCONSISTENT),
        ({"protocol_type": ""}, INCONSISTENT),
    ], ids=str)
    def test_in_a_group_that_is_not_there(self, broker, group, unchanged, changes, code):
        unchanged()
        answer = Member(broker, group).join(**changes)
        assert (answer["error_code"], answer["generation_id"]) == (code, -1)
        assert (answer["leader"], answer["members"]) == ("", [])

    @pytest.mark.parametrize("changes, code", [
        ({"member_id": "nobody"}, UNKNOWN_MEMBER),
        ({"protocol_type": "connect"}, INCONSISTENT),
        ({"protocols": [{"name": "other", "metadata": b""}]}, INCONSISTENT),
        ({"group_instance_id": "steady", "member_id": "somebody-else"}, FENCED),
        ({"group_instance_id": "unsteady", "member_id": "somebody-else"}, UNKNOWN_MEMBER),
    ], ids=str)
    def test_in_a_group_that_works(self, broker, group, unchanged, changes, code):
        one = stable(broker, group, instance="steady")
        unchanged()
        assert Member(broker, group).join(**changes)["error_code"] == code
        assert one.heartbeat() == 0

    def test_when_the_group_is_full(self, own_broker):
        broker = own_broker("group.max.size=1")
        one = stable(broker, "small")
        assert Member(broker, "small").join()["error_code"] == FULL
        assert one.heartbeat() == 0

    def test_what_no_two_members_have_in_common(self, broker, group):
        one = stable(broker, group, protocols=(("a", b"1"), ("b", b"2")))
        two = Member(broker, group, protocols=(("c", b"3"),))
        assert two.join()["error_code"] == INCONSISTENT
        three = Member(broker, group, protocols=(("c", b"3"), ("b", b"4")))
        three.send_join()
        assert three.joined()["error_code"] == MEMBER_ID_REQUIRED
        three.send_join()
        while one.heartbeat() == 0:
            time.sleep(0.01)
        assert one.join()["protocol_name"] == "b"
        assert three.joined()["protocol_name"] == "b"


class TestMembersAreRefused:
    """By what they say of themselves; the member that is there goes on."""

    @pytest.fixture
    def one(self, broker, group):
        one = stable(broker, group, instance="steady")
        yield one
        assert one.heartbeat() == 0

    @pytest.mark.parametrize("changes, code", [
        ({"group_id": ""}, INVALID_GROUP),
        ({"group_id": "absent"}, UNKNOWN_MEMBER),
        ({"member_id": "nobody", "group_instance_id": None}, UNKNOWN_MEMBER),
        ({"generation_id": 0}, ILLEGAL_GENERATION),
        ({"generation_id": 2}, ILLEGAL_GENERATION),
        ({"member_id": "nobody"}, FENCED),
        ({"group_instance_id": "unsteady"}, UNKNOWN_MEMBER),
    ], ids=str)
    def test_heartbeat_and_sync(self, one, unchanged, changes, code):
        unchanged()
        assert one.heartbeat(**changes) == code
        answer = one.sync(**changes)
        assert (answer["error_code"], answer["assignment"]) == (code, b"")

    @pytest.mark.parametrize("changes", [
        {"protocol_name": "roundrobin"}, {"protocol_type": "connect"}], ids=str)
    def test_sync_with_another_protocol(self, one, unchanged, changes):
        unchanged()
        assert one.sync(**changes)["error_code"] == INCONSISTENT

    @pytest.mark.parametrize("changes, code", [
        ({"member_id": "nobody", "group_instance_id": None}, UNKNOWN_MEMBER),
        ({"member_id": "nobody"}, FENCED),
        ({"group_instance_id": "unsteady"}, UNKNOWN_MEMBER),
    ], ids=str)
    def test_leave(self, one, unchanged, changes, code):
        unchanged()
        assert one.leave(**changes) == code

    @pytest.mark.parametrize("changes, code", [
        ({"generation_id": 0}, ILLEGAL_GENERATION),
        ({"generation_id": 2}, ILLEGAL_GENERATION),
        ({"member_id": "nobody", "group_instance_id": None}, UNKNOWN_MEMBER),
        ({"member_id": "nobody"}, FENCED),
        ({"member_id": "", "generation_id": -1, "group_instance_id": None}, UNKNOWN_MEMBER),
    ], ids=str)
    def test_commit(self, one, group, unchanged, changes, code):
        assert one.commit(group, 3) == 0
        unchanged()
        assert one.commit(group, 9, **changes) == code

    def test_commits_of_what_does_not_exist(self, broker, one, group, unchanged):
        assert one.commit(group, 3, metadata="x" * 4096) == 0
        unchanged()
        assert one.commit("absent", 9) == UNKNOWN_TOPIC
        assert one.commit(group, 9, partition=2) == UNKNOWN_TOPIC
        assert one.commit(group, 9, partition=-1) == UNKNOWN_TOPIC
        assert one.commit(uuid.uuid4(), 9, version=10) == UNKNOWN_TOPIC_ID
        assert one.commit(group, 9, metadata="x" * 4097) == METADATA_TOO_LARGE

    def test_one_bad_partition_does_not_harm_the_others(self, broker, one, group):
        answer = one.connection.ask(
            OFFSET_COMMIT, 9, **one.who(9), topics=[
                {"name": group, "partitions": [
                    {"partition": n, "offset": 4, "leader_epoch": -1} for n in (0, 7, 1)]},
                {"name": "absent", "partitions": [
                    {"partition": 0, "offset": 4, "leader_epoch": -1}]}])
        assert [[p["error_code"] for p in topic["partitions"]] for topic in answer["topics"]] == [
            [0, UNKNOWN_TOPIC, 0], [UNKNOWN_TOPIC]]
        assert history.positions_of(broker, group) == {(group, 0): 4, (group, 1): 4}

    def test_a_generation_for_a_group_that_is_not_there(self, broker, group, unchanged):
        unchanged()
        with Connection(broker.port) as connection:
            for version in OFFSET_COMMIT.versions[:-1]:
                assert commit(connection, group, group, 9, version=version, generation_id=1,
                              member_id="nobody") == (
                    NOT_FOUND if version >= 9 else ILLEGAL_GENERATION), version


class TestOffsetDelete:
    @staticmethod
    def delete(broker, group, *places):
        topics = [{"name": topic, "partitions": [{"partition": partition}]}
                  for topic, partition in places]
        with Connection(broker.port) as connection:
            answer = connection.ask(OFFSET_DELETE, group_id=group, topics=topics)
        return answer["error_code"], [
            p["error_code"] for topic in answer["topics"] for p in topic["partitions"]]

    def test_positions_are_forgotten(self, broker, group):
        with Connection(broker.port) as connection:
            for partition in (0, 1):
                assert commit(connection, group, group, 5, partition) == 0
        assert self.delete(broker, group, (group, 0), (group, 9), ("absent", 0)) == (
            0, [0, UNKNOWN_TOPIC, UNKNOWN_TOPIC])
        assert history.positions_of(broker, group) == {(group, 1): 5}
        last = history.audit_of(broker, group)[-1]
        assert (last["offset_before"], last["offset_after"], last["source"]) == (
            5, None, "admin delete")

    def test_of_a_group_that_is_not_there(self, broker, group):
        assert self.delete(broker, group, (group, 0))[0] == NOT_FOUND

    @pytest.mark.parametrize("version", [0, 1, 3])
    def test_a_subscription_may_end_after_its_user_data(self, broker, group, version):
        """As @platformatic/kafka's do, whatever version they claim to be."""
        other = f"{group[:60]}-other"
        create_topic(broker.bootstrap, other)
        topics = struct.pack(">ih", 1, len(group)) + group.encode()
        subscription = struct.pack(">h", version) + topics + struct.pack(">i", -1)
        one = stable(broker, group, protocols=(("range", subscription),))
        assert (one.commit(group, 5), one.commit(other, 5)) == (0, 0)
        assert self.delete(broker, group, (group, 0), (other, 0)) == (0, [SUBSCRIBED, 0])
        assert history.positions_of(broker, group) == {(group, 0): 5}

    def test_of_members_that_are_no_consumers(self, broker, group):
        one = stable(broker, group, protocol_type="connect")
        assert one.commit(group, 5) == 0
        assert self.delete(broker, group, (group, 0))[0] == NON_EMPTY
        assert history.positions_of(broker, group) == {(group, 0): 5}


class Modern:
    """A member of a consumer group by hand."""

    def __init__(self, broker, group, instance=None):
        self.connection = Connection(broker.port)
        self.group, self.instance = group, instance
        self.id, self.epoch = str(uuid.uuid4()), 0

    def beat(self, version=1, **changes):
        values = {
            "group_id": self.group, "member_id": self.id, "member_epoch": self.epoch,
            "instance_id": self.instance, "rebalance_timeout_ms": -1, **changes}
        answer = self.connection.ask(CONSUMER_HEARTBEAT, version, **values)
        if answer["error_code"] == 0 and "member_epoch" not in changes:
            self.id, self.epoch = answer["member_id"], answer["member_epoch"]
        return answer

    def join(self, topics, version=1, **changes):
        return self.beat(version, **{
            "rebalance_timeout_ms": 10_000, "subscribed_topic_names": topics,
            "topic_partitions": [], **changes})

    def commit(self, topic, offset, version=9, **changes):
        return commit(self.connection, self.group, topic, offset, version=version, **{
            "generation_id": self.epoch, "member_id": self.id, **changes})

    def fetch(self, topic, **changes):
        values = {"group_id": self.group, "member_id": self.id, "member_epoch": self.epoch,
                  "topics": [{"name": topic, "partitions": [0]}], **changes}
        [answer] = self.connection.ask(OFFSET_FETCH, 9, groups=[values])["groups"]
        if answer["error_code"] != 0:
            return answer["error_code"], None
        [[one]] = [topic["partitions"] for topic in answer["topics"]]
        return one["error_code"], one["offset"]


class TestConsumerGroups:
    @pytest.fixture
    def modern(self, broker, group):
        one = Modern(broker, group)
        assert one.join([group])["error_code"] == 0
        return one

    @pytest.mark.parametrize("version", CONSUMER_HEARTBEAT.versions)
    def test_a_member_joins_and_is_given_everything(self, broker, group, version):
        one = Modern(broker, group)
        if version == 0:
            one.id = ""
        answer = one.join([group], version)
        assert answer["error_code"] == 0 and answer["member_epoch"] >= 1
        assert answer["member_id"] == one.id != ""
        deadline = time.monotonic() + 5
        while answer["assignment"] in (None, {"topic_partitions": []}):
            assert time.monotonic() < deadline
            time.sleep(0.05)
            answer = one.beat(version)
        [given] = answer["assignment"]["topic_partitions"]
        assert given["topic_id"] == topic_id(broker, group)
        assert sorted(given["partitions"]) == [0, 1]

    @pytest.mark.parametrize("version", CONSUMER_DESCRIBE.versions)
    def test_it_is_described(self, broker, group, modern, version):
        with Connection(broker.port) as connection:
            answer = connection.ask(CONSUMER_DESCRIBE, version, group_ids=[group, "absent"])
            found, absent = answer["groups"]
            classic = connection.ask(DESCRIBE_GROUPS, groups=[group])["groups"][0]
        assert found["error_code"] == 0
        assert found["assignor_name"] == "uniform"
        [member] = found["members"]
        assert (member["member_id"], member["client_id"]) == (modern.id, "by-hand")
        assert member["subscribed_topic_names"] == [group]
        [target] = member["target_assignment"]["topic_partitions"]
        assert (target["topic_name"], sorted(target["partitions"])) == (group, [0, 1])
        assert member.get("member_type", 1) == 1
        assert absent["error_code"] == NOT_FOUND
        assert (classic["error_code"], classic["group_state"]) == (NOT_FOUND, "Dead")

    @pytest.mark.parametrize("changes, code", [
        ({"group_id": ""}, INVALID_REQUEST),
        ({"member_id": ""}, INVALID_REQUEST),
        ({"instance_id": ""}, INVALID_REQUEST),
        ({"rack_id": ""}, INVALID_REQUEST),
        ({"rebalance_timeout_ms": -1}, INVALID_REQUEST),
        ({"topic_partitions": None}, INVALID_REQUEST),
        ({"subscribed_topic_names": None}, INVALID_REQUEST),
        ({"member_epoch": -3}, INVALID_REQUEST),
        ({"member_epoch": -2}, INVALID_REQUEST),
        ({"server_assignor": "absent"}, UNKNOWN_ASSIGNOR),
        ({"subscribed_topic_names": None, "subscribed_topic_regex": "("}, BAD_REGEX),
        ({"member_epoch": 5, "group_id": "absent"}, NOT_FOUND),
    ], ids=str)
    def test_a_join_that_is_refused(self, broker, group, unchanged, changes, code):
        unchanged()
        answer = Modern(broker, group).join([group], **changes)
        assert answer["error_code"] == code
        assert answer["error_message"] or code == NOT_FOUND

    def test_a_member_that_is_not_known_and_an_epoch_that_is_not_its_own(
            self, broker, group, modern, unchanged):
        unchanged()
        assert modern.beat(member_id="nobody")["error_code"] == UNKNOWN_MEMBER
        assert modern.beat(member_epoch=modern.epoch + 1)["error_code"] == FENCED_EPOCH
        assert modern.beat()["error_code"] == 0

    def test_commits_and_fetches_are_checked_by_epoch(self, broker, group, modern):
        assert modern.commit(group, 5) == 0
        before = history.audit_of(broker, group)
        assert modern.commit(group, 6, generation_id=modern.epoch + 1) == STALE_EPOCH
        assert modern.commit(group, 6, member_id="nobody") == UNKNOWN_MEMBER
        assert modern.commit(group, 6, version=8) == UNSUPPORTED
        assert modern.commit(group, 6, member_id="", generation_id=-1) == UNKNOWN_MEMBER
        assert history.audit_of(broker, group) == before
        assert modern.fetch(group) == (0, 5)
        assert modern.fetch(group, member_epoch=modern.epoch + 1)[0] == STALE_EPOCH
        assert modern.fetch(group, member_id="nobody")[0] == UNKNOWN_MEMBER
        assert modern.fetch(group, member_id=None, member_epoch=-1) == (0, 5)
        [row] = before
        assert (row["generation"], row["member"], row["source"]) == (
            modern.epoch, modern.id, "consumer")

    def test_a_revocation_whose_answer_was_lost_is_told_again(self, own_broker):
        """librdkafka gives up a heartbeat that takes long, and says nothing in the next."""
        broker = own_broker(*QUICK)
        create_topic(broker.bootstrap, "shared", 2)
        one, other = Modern(broker, "pair"), Modern(broker, "pair")

        def told(member, seconds=5):
            """The next assignment that a heartbeat of the member brings."""
            return retrying(seconds, lambda: member.beat()["assignment"])

        assert one.join(["shared"])["error_code"] == 0
        assert other.join(["shared"])["error_code"] == 0
        lost = told(one)
        [kept] = lost["topic_partitions"]
        assert len(kept["partitions"]) == 1
        assert told(one) == lost
        # Once it has confirmed, there is nothing more to tell, and the other gets the rest.
        assert one.beat(topic_partitions=[kept])["error_code"] == 0
        [rest] = told(other)["topic_partitions"]
        assert sorted(kept["partitions"] + rest["partitions"]) == [0, 1]
        assert not told(one, seconds=1.5)

    def test_a_member_leaves(self, broker, group, modern):
        answer = modern.beat(member_epoch=-1)
        assert (answer["error_code"], answer["member_epoch"]) == (0, -1)
        [row] = broker.sql(f"select * from group_overview where \"group\" = '{group}'")
        assert (row["state"], row["members"], row["type"]) == ("Empty", 0, "consumer")

    def test_a_group_that_was_left_has_nothing_to_assign(self, broker, topic):
        create_topic(broker.bootstrap, topic)
        one = Modern(broker, topic)
        one.join([topic])
        assert self.epochs(broker, topic) == (2, 2)
        one.beat(member_epoch=-1)
        assert self.epochs(broker, topic) == (3, 3)

    @staticmethod
    def epochs(broker, group):
        with Connection(broker.port) as connection:
            [found] = connection.ask(CONSUMER_DESCRIBE, group_ids=[group])["groups"]
        return found["group_epoch"], found["assignment_epoch"]


class TestOthersAreNotHeldUp:
    def test_a_restart_keeps_a_member_by_hand(self, own_broker):
        broker = own_broker()
        create_topic(broker.bootstrap, "kept")
        one = stable(broker, "kept")
        assert one.commit("kept", 3) == 0
        broker.kill9()
        broker.start()
        one.connection = Connection(broker.port)
        assert one.heartbeat() == 0
        assert one.sync()["assignment"] == OPAQUE
        assert one.commit("kept", 4) == 0
        assert [r["offset_after"] for r in history.audit_of(broker, "kept")] == [3, 4]

    def test_a_slow_fetch_never_delays_a_heartbeat_of_another_connection(self, own_broker):
        broker = own_broker()
        create_topic(broker.bootstrap, "large")
        create_topic(broker.bootstrap, "silent")
        Confluent.produce(broker.bootstrap, "large", [
            r.__class__(r.key, b"v" * 50_000) for r in texts(1_000)])
        broker.restart()  # what is read is read from the file
        one = stable(broker, "steady")
        stop = threading.Event()

        def read_all():
            with Connection(broker.port) as connection:
                while not stop.is_set():
                    for offset in range(0, 1_000, 80):
                        error, records = connection.fetch(
                            "large", offset, max_bytes=8 << 20, partition_bytes=8 << 20)
                        assert error == 0 and records

        readers = [threading.Thread(target=read_all) for _ in range(2)]
        for reader in readers:
            reader.start()
        took = []
        with Connection(broker.port) as waiting:
            waiting.send(fetch_request("silent", 0, max_wait=30_000))
            until = time.monotonic() + 2
            while time.monotonic() < until:
                began = time.monotonic()
                assert one.heartbeat() == 0
                took.append(time.monotonic() - began)
                time.sleep(0.01)
        stop.set()
        for reader in readers:
            reader.join()
        assert len(took) > 20
        assert statistics.median(took) < 0.05, sorted(took)
        assert max(took) < 0.5, sorted(took)[-5:]

    def test_frames_that_end_too_early_harm_nobody(self, broker, group):
        one = stable(broker, group)
        whole = JOIN.encode(9, {"group_id": group, "session_timeout_ms": 6_000})
        for length in range(12, len(whole) - 4, 3):
            with Connection(broker.port) as connection:
                connection.send(struct.pack(">i", length) + whole[4:4 + length])
                connection.receive()  # an answer or a closed connection
        assert one.heartbeat() == 0
