"""Groups as administrators see and change them, through each client that can."""

import asyncio
import json

import aiokafka.admin
import confluent_kafka
import kafka
import kafka.admin
import pytest
from confluent_kafka import (
    ConsumerGroupState, ConsumerGroupTopicPartitions, ConsumerGroupType, TopicPartition,
)

import history
from broker import Broker
from clients import Confluent, Record, ask_admin, create_topic
from groups import PARTITIONS, QUICK, Crew, Flavour, commit_alone, consume_as_member

NON_EMPTY, GROUP_NOT_FOUND, SUBSCRIBED = 68, 69, 86
CLASSIC = Flavour("confluent", "range")
NEW = Flavour("confluent", "uniform", protocol="consumer")
UNKNOWN_MEMBER = confluent_kafka.KafkaError.UNKNOWN_MEMBER_ID


@pytest.fixture(scope="module")
def busy(tmp_path_factory):
    """A broker with a classic group and one of the new protocol, two members each."""
    directory = tmp_path_factory.mktemp("administered")
    broker = Broker(directory / "broker", QUICK).start()
    create_topic(broker.bootstrap, "administered", PARTITIONS)
    Confluent.produce(broker.bootstrap, "administered", [
        Record(b"k", b"v%d" % n, partition=n % PARTITIONS) for n in range(80)])
    crews = {}
    try:
        for flavour in (CLASSIC, NEW):
            crew = Crew(broker, directory, str(flavour), flavour, "administered")
            crews[flavour] = crew
            crew.start()
            crew.start("--instance", "the-static-one")
        for crew in crews.values():
            crew.settle()
            crew.wait_for_no_lag(dict.fromkeys(range(PARTITIONS), 10))
        yield broker, crews
        assert broker.is_running(), broker.log()
    finally:
        for crew in crews.values():
            crew.close()
        broker.close()


@pytest.fixture
def python_admin(request):
    """kafka-python's admin client of the broker that the test uses."""
    name = "busy" if "busy" in request.fixturenames else "broker"
    found = request.getfixturevalue(name)
    broker = found[0] if name == "busy" else found
    client = kafka.admin.KafkaAdminClient(bootstrap_servers=broker.bootstrap)
    yield client
    client.close()


def simple_group(broker, topic, partitions=2):
    """A group of that topic's name that has positions and never had members."""
    create_topic(broker.bootstrap, topic, partitions)
    Confluent.produce(broker.bootstrap, topic, [
        Record(b"k", b"v%d" % n, partition=n % partitions) for n in range(20)])
    commit_alone(broker, topic, topic, dict.fromkeys(range(partitions), 7))
    return topic


def refused(call):
    """The code with which confluent's admin client is refused."""
    with pytest.raises(confluent_kafka.KafkaException) as failure:
        call()
    return failure.value.args[0].code()


class TestListing:
    def test_confluent_lists_groups_with_state_and_type(self, busy):
        broker, crews = busy
        answer = ask_admin(broker.bootstrap, "list_consumer_groups", request_timeout=10)
        assert answer.errors == []
        found = {g.group_id: (g.state, g.type, g.is_simple_consumer_group) for g in answer.valid}
        assert found == {
            crews[CLASSIC].group: (ConsumerGroupState.STABLE, ConsumerGroupType.CLASSIC, False),
            crews[NEW].group: (ConsumerGroupState.STABLE, ConsumerGroupType.CONSUMER, False)}

    def test_confluent_filters_by_state_and_type(self, busy):
        broker, crews = busy

        def listed(**filters):
            answer = ask_admin(broker.bootstrap, "list_consumer_groups", **filters)
            return {group.group_id for group in answer.valid}

        assert listed(types={ConsumerGroupType.CONSUMER}) == {crews[NEW].group}
        assert listed(types={ConsumerGroupType.CLASSIC}) == {crews[CLASSIC].group}
        assert listed(states={ConsumerGroupState.EMPTY}) == set()
        assert listed(states={ConsumerGroupState.STABLE}) == {
            crews[CLASSIC].group, crews[NEW].group}

    def test_python_clients_list_groups(self, busy, python_admin):
        broker, crews = busy
        both = {crew.group for crew in crews.values()}
        rows = python_admin.list_groups()
        assert {row["group_id"] for row in rows} == both
        rows = python_admin.list_groups(types_filter=["consumer"])
        assert {row["group_id"] for row in rows} == {crews[NEW].group}

        async def ask():
            admin = aiokafka.admin.AIOKafkaAdminClient(bootstrap_servers=broker.bootstrap)
            await admin.start()
            try:
                return await admin.list_consumer_groups()
            finally:
                await admin.close()

        assert set(asyncio.run(ask())) == {(group, "consumer") for group in both}


class TestDescribing:
    @pytest.mark.parametrize("flavour", [CLASSIC, NEW], ids=str)
    def test_confluent_describes_members_and_their_partitions(self, busy, flavour):
        broker, crews = busy
        crew = crews[flavour]
        found = ask_admin(broker.bootstrap, "describe_consumer_groups", [crew.group])
        assert found.state == ConsumerGroupState.STABLE
        assert found.partition_assignor == flavour.assignor
        assert not found.is_simple_consumer_group
        assert found.coordinator.port == broker.port
        expected = {worker.name: worker.assignment() for worker in crew.workers}
        described = {
            m.client_id: {(p.topic, p.partition) for p in m.assignment.topic_partitions}
            for m in found.members}
        assert described == expected
        assert {m.host for m in found.members} == {"/127.0.0.1"}
        assert {m.group_instance_id for m in found.members} == {None, "the-static-one"}

    def test_sql_and_the_admin_client_agree(self, busy):
        broker, crews = busy
        for flavour, crew in crews.items():
            found = ask_admin(broker.bootstrap, "describe_consumer_groups", [crew.group])
            [row] = broker.sql(
                f"""select * from group_overview where "group" = '{crew.group}'""")
            assert (row["state"], row["members"]) == ("Stable", 2)
            assert row["protocol"] == flavour.assignor
            assert {member: sorted(map(tuple, places))
                    for member, places in json.loads(row["assignment"]).items()} == {
                m.member_id: sorted((p.topic, p.partition) for p in m.assignment.topic_partitions)
                for m in found.members}

    def test_kafka_python_describes_a_classic_group(self, busy, python_admin):
        _, crews = busy
        group = crews[CLASSIC].group
        found = python_admin.describe_groups([group])[group]
        assert found["group_state"] == "Stable"
        assert found["protocol_type"] == "consumer"
        assert {member["client_id"] for member in found["members"]} == {
            worker.name for worker in crews[CLASSIC].workers}

    def test_a_group_that_is_not_there(self, busy):
        broker, _ = busy
        code = None
        try:
            found = ask_admin(broker.bootstrap, "describe_consumer_groups", ["absent"])
            assert found.state == ConsumerGroupState.DEAD and found.members == []
        except confluent_kafka.KafkaException as error:
            code = error.args[0].code()
        assert code in (None, GROUP_NOT_FOUND)


class TestOffsets:
    def test_offsets_are_listed_by_every_admin_client(self, broker, topic, python_admin):
        group = simple_group(broker, topic)
        found = ask_admin(broker.bootstrap, "list_consumer_group_offsets", [
            ConsumerGroupTopicPartitions(group)])
        assert [(p.topic, p.partition, p.offset) for p in found.topic_partitions] == [
            (topic, 0, 7), (topic, 1, 7)]
        found = ask_admin(broker.bootstrap, "list_consumer_group_offsets", [
            ConsumerGroupTopicPartitions(group, [TopicPartition(topic, 1),
                                                 TopicPartition(topic, 5)])])
        assert {p.partition: p.offset for p in found.topic_partitions} == {
            1: 7, 5: confluent_kafka.OFFSET_INVALID}
        offsets = python_admin.list_group_offsets([group])[group]
        assert {p.partition: o.offset for p, o in offsets.items()} == {0: 7, 1: 7}

        async def ask():
            admin = aiokafka.admin.AIOKafkaAdminClient(bootstrap_servers=broker.bootstrap)
            await admin.start()
            try:
                return await admin.list_consumer_group_offsets(group)
            finally:
                await admin.close()

        assert {p.partition: o.offset for p, o in asyncio.run(ask()).items()} == {0: 7, 1: 7}

    def test_many_groups_are_asked_for_at_once(self, broker, topic, python_admin):
        group = simple_group(broker, topic)
        commit_alone(broker, f"{group}-2", topic, {0: 3})
        found = python_admin.list_group_offsets({group: None, f"{group}-2": None,
                                                 f"{group}-absent": None})
        assert {name: {p.partition: o.offset for p, o in offsets.items()}
                for name, offsets in found.items()} == {
            group: {0: 7, 1: 7}, f"{group}-2": {0: 3}, f"{group}-absent": {}}

    def test_an_administrator_moves_a_group_back_and_it_is_history(self, broker, topic):
        group = self.group_that_has_consumed(broker, topic)
        found = ask_admin(broker.bootstrap, "alter_consumer_group_offsets", [
            ConsumerGroupTopicPartitions(group, [TopicPartition(topic, 0, 2)])])
        assert [p.error for p in found.topic_partitions] == [None]
        assert history.positions_of(broker, group) == {(topic, 0): 2}
        first, last = history.audit_of(broker, group)
        assert (first["source"], first["rewound"], first["offset_after"]) == ("consumer", 0, 10)
        assert (last["source"], last["rewound"], last["distance"]) == ("admin reset", 1, -8)
        assert (last["offset_before"], last["offset_after"]) == (10, 2)
        assert (last["member"], last["generation"]) == (None, None)
        assert last["host"] == "/127.0.0.1"
        # A member that comes now reads from there.
        assert consume_as_member(broker, group, topic, 8) == list(range(2, 10))

    def test_kafka_python_resets_and_deletes_offsets(self, broker, topic, python_admin):
        group = self.group_that_has_consumed(broker, topic)
        place = kafka.TopicPartition(topic, 0)
        answers = python_admin.alter_group_offsets(
            group, {place: kafka.OffsetAndMetadata(4, "by hand", -1)})
        assert [error.errno for error in answers.values()] == [0]
        python_admin.reset_group_offsets(group, {place: kafka.admin.OffsetSpec.EARLIEST})
        assert history.positions_of(broker, group) == {(topic, 0): 0}
        answers = python_admin.delete_group_offsets(group, [place])
        assert [error.errno for error in answers.values()] == [0]
        assert history.positions_of(broker, group) == {}
        rows = history.audit_of(broker, group)
        assert [(r["source"], r["offset_before"], r["offset_after"], r["metadata"])
                for r in rows] == [
            ("consumer", None, 10, ""), ("admin reset", 10, 4, "by hand"),
            ("admin reset", 4, 0, "by hand"), ("admin delete", 0, None, "")]

    def test_offsets_of_a_group_with_members_are_theirs(self, busy, python_admin):
        broker, crews = busy
        for crew in crews.values():
            before = history.positions_of(broker, crew.group)
            rows = len(history.audit_of(broker, crew.group))
            place = TopicPartition("administered", 0, 0)
            assert refused(lambda c=crew: self.alter(broker, c.group, place)) == UNKNOWN_MEMBER
            answers = python_admin.delete_group_offsets(
                crew.group, [kafka.TopicPartition("administered", 0)])
            assert [error.errno for error in answers.values()] == [SUBSCRIBED]
            assert history.positions_of(broker, crew.group) == before
            assert len(history.audit_of(broker, crew.group)) == rows

    @staticmethod
    def alter(broker, group, place):
        found = ask_admin(broker.bootstrap, "alter_consumer_group_offsets", [
            ConsumerGroupTopicPartitions(group, [place])])
        for answer in found.topic_partitions:
            if answer.error is not None:
                raise confluent_kafka.KafkaException(answer.error)

    @staticmethod
    def group_that_has_consumed(broker, topic):
        """A group named like its topic that read ten records and has no members any more."""
        create_topic(broker.bootstrap, topic)
        Confluent.produce(broker.bootstrap, topic, [Record(b"k", b"%d" % n) for n in range(10)])
        assert consume_as_member(broker, topic, topic, 10) == list(range(10))
        return topic


class TestDeleting:
    def test_a_group_without_members_is_deleted_with_its_offsets(self, broker, topic):
        group = simple_group(broker, topic)
        ask_admin(broker.bootstrap, "delete_consumer_groups", [group])
        assert history.positions_of(broker, group) == {}
        assert broker.sql(f"""select * from group_overview where "group" = '{group}'""") == []
        # The trail outlives the group.
        rows = history.audit_of(broker, group)
        assert [(r["offset_before"], r["offset_after"], r["source"]) for r in rows[-2:]] == [
            (7, None, "admin delete")] * 2
        [deleted] = history.events_of(broker, group, "deleted")
        assert deleted["member"] is None
        # Begun anew, it has no position.
        commit_alone(broker, group, topic, {0: 1})
        assert history.positions_of(broker, group) == {(topic, 0): 1}
        assert history.audit_of(broker, group)[-1]["offset_before"] is None

    def test_a_group_with_members_is_not(self, busy, python_admin):
        broker, crews = busy
        for crew in crews.values():
            assert refused(lambda c=crew: ask_admin(
                broker.bootstrap, "delete_consumer_groups", [c.group])) == NON_EMPTY
            assert history.positions_of(broker, crew.group) != {}
        assert all(worker.is_running() for c in crews.values() for worker in c.workers)

    def test_a_group_that_is_not_there(self, broker, topic):
        assert refused(lambda: ask_admin(
            broker.bootstrap, "delete_consumer_groups", [topic])) == GROUP_NOT_FOUND

    def test_kafka_python_deletes_groups(self, broker, topic, python_admin):
        group = simple_group(broker, topic)
        answers = python_admin.delete_groups([group, f"{group}-absent"])
        assert answers == {group: "OK", f"{group}-absent": "GroupIdNotFoundError"}

    def test_deleting_a_topic_deletes_its_offsets(self, broker, topic):
        group = simple_group(broker, topic)
        other = f"{topic[:60]}-other"
        create_topic(broker.bootstrap, other)
        commit_alone(broker, group, other, {0: 0})
        ask_admin(broker.bootstrap, "delete_topics", [topic])
        assert history.positions_of(broker, group) == {(other, 0): 0}
        gone = [r for r in history.audit_of(broker, group) if r["offset_after"] is None]
        assert [(r["topic"], r["source"]) for r in gone] == [(topic, "topic deletion")] * 2
        # A topic of the same name is another one: nothing of the old position shows.
        create_topic(broker.bootstrap, topic, 2)
        found = ask_admin(broker.bootstrap, "list_consumer_group_offsets", [
            ConsumerGroupTopicPartitions(group)])
        assert [(p.topic, p.offset) for p in found.topic_partitions] == [(other, 0)]
