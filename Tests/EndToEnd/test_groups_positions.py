"""Where a group begins, how it is moved, and how one asks afterwards."""

import sqlite3
import time

import confluent_kafka
import kafka
import pytest
from confluent_kafka import TopicPartition

import history
from clients import Confluent, Record, create_topic, retrying, texts
from groups import commit_alone, consume_as_member, member, read

METADATA_TOO_LARGE = 12


@pytest.fixture
def filled(broker, topic):
    """A topic with 20 records in partition 0; the group of a test has its name."""
    create_topic(broker.bootstrap, topic)
    Confluent.produce(broker.bootstrap, topic, texts(20))
    return topic


class TestBeginning:
    def test_earliest_reads_what_was_there(self, broker, filled):
        assert consume_as_member(broker, filled, filled, 20) == list(range(20))

    def test_latest_reads_only_what_comes(self, broker, filled):
        consumer = member(broker, filled, filled, **{"auto.offset.reset": "latest"})
        assert retrying(10, lambda: consumer.poll(0.05) or consumer.assignment())

        def read_one_that_came_later():
            Confluent.produce(broker.bootstrap, filled, texts(1))
            message = consumer.poll(0.1)
            return message is not None and message.offset() >= 20

        assert retrying(10, read_one_that_came_later)
        consumer.close()

    def test_none_is_an_error_where_there_is_no_position(self, broker, filled):
        consumer = member(broker, filled, filled, **{"auto.offset.reset": "error"})
        found = []
        assert retrying(10, lambda: found.extend(consumer.consume(1, 0.1)) or found)
        assert found[0].error().code() == confluent_kafka.KafkaError._AUTO_OFFSET_RESET
        consumer.close()

    def test_a_group_goes_on_where_it_was(self, broker, filled):
        assert consume_as_member(broker, filled, filled, 8) == list(range(8))
        assert consume_as_member(broker, filled, filled, 12) == list(range(8, 20))

    def test_two_groups_do_not_know_of_each_other(self, broker, filled):
        assert consume_as_member(broker, filled, filled, 20) == list(range(20))
        assert consume_as_member(broker, f"{filled}-2", filled, 20) == list(range(20))

    def test_what_was_not_committed_is_read_again(self, broker, filled):
        consumer = member(broker, filled, filled)
        assert read(consumer, 20) == list(range(20))
        consumer.close()
        assert history.positions_of(broker, filled) == {}
        assert consume_as_member(broker, filled, filled, 20) == list(range(20))


class TestRewinding:
    def test_a_member_that_seeks_back_and_commits_is_seen(self, broker, filled):
        consumer = member(broker, filled, filled)
        read(consumer, 20)
        consumer.commit(asynchronous=False)
        consumer.seek(TopicPartition(filled, 0, 5))
        assert read(consumer, 3) == [5, 6, 7]
        consumer.commit(offsets=[TopicPartition(filled, 0, 8)], asynchronous=False)
        first, last = history.audit_of(broker, filled)
        assert (first["offset_before"], first["offset_after"], first["rewound"]) == (None, 20, 0)
        assert (last["offset_before"], last["offset_after"]) == (20, 8)
        assert (last["rewound"], last["distance"]) == (1, -12)
        assert last["member"] == consumer.memberid()
        assert (last["source"], last["client"]) == ("consumer", "rdkafka")
        lag = broker.sql(f"""select * from consumer_lag where "group" = '{filled}'""")
        assert [(r["lag"], r["member"]) for r in lag] == [(12, consumer.memberid())]
        consumer.close()

    def test_committing_the_same_again_is_not_history_but_refreshes(self, broker, filled):
        commit_alone(broker, filled, filled, {0: 5})
        [before] = broker.sql(f"select * from consumer_lag where \"group\" = '{filled}'")
        time.sleep(0.02)
        commit_alone(broker, filled, filled, {0: 5})
        [after] = broker.sql(f"select * from consumer_lag where \"group\" = '{filled}'")
        assert len(history.audit_of(broker, filled)) == 1
        assert after["committed_time"] > before["committed_time"]
        assert after["changed_time"] == before["changed_time"]


class TestSimpleConsumers:
    def test_a_commit_without_membership_makes_a_group(self, broker, filled):
        commit_alone(broker, filled, filled, {0: 7})
        [row] = history.audit_of(broker, filled)
        assert (row["source"], row["member"], row["generation"]) == ("simple consumer", None, None)
        [group] = broker.sql(f"select * from group_overview where \"group\" = '{filled}'")
        assert (group["state"], group["members"], group["protocol_type"]) == ("Empty", 0, None)

    def test_an_assigned_consumer_commits_and_goes_on(self, broker, filled):
        for begin in (0, 10):
            consumer = kafka.KafkaConsumer(
                bootstrap_servers=broker.bootstrap, group_id=filled, enable_auto_commit=False,
                auto_offset_reset="earliest")
            place = kafka.TopicPartition(filled, 0)
            consumer.assign([place])
            found = []
            assert retrying(10, lambda: found.extend(
                m.offset for ms in consumer.poll(100, max_records=10 - len(found)).values()
                for m in ms) or len(found) == 10)
            assert found == list(range(begin, begin + 10))
            consumer.commit()
            consumer.close()
        assert history.positions_of(broker, filled) == {(filled, 0): 20}
        assert {r["source"] for r in history.audit_of(broker, filled)} == {"simple consumer"}


class TestMetadata:
    def test_it_comes_back_and_is_history(self, broker, filled):
        text = "größe: read by machine 7, ✓"
        commit_alone(broker, filled, filled, {0: 3}, metadata=text)
        consumer = Confluent.consumer(broker.bootstrap, **{"group.id": filled})
        [found] = consumer.committed([TopicPartition(filled, 0)], 10)
        consumer.close()
        assert (found.offset, found.metadata) == (3, text)
        [row] = history.audit_of(broker, filled)
        assert row["metadata"] == text

    def test_a_change_of_only_the_metadata_is_a_change(self, broker, filled):
        commit_alone(broker, filled, filled, {0: 3}, metadata="one")
        commit_alone(broker, filled, filled, {0: 3}, metadata="two")
        assert [(r["offset_after"], r["metadata"]) for r in history.audit_of(broker, filled)] == [
            (3, "one"), (3, "two")]

    def test_what_is_too_long_is_refused(self, broker, filled):
        commit_alone(broker, filled, filled, {0: 3}, metadata="short")
        with pytest.raises(confluent_kafka.KafkaException) as failure:
            commit_alone(broker, filled, filled, {0: 4}, metadata="x" * 4097)
        assert failure.value.args[0].code() == METADATA_TOO_LARGE
        assert history.positions_of(broker, filled) == {(filled, 0): 3}


#: What the README proposes, with the group and the moment to be filled in.
POSITION_AS_OF = """
SELECT topic, partition, offset_after AS position FROM (
  SELECT *, row_number() OVER (PARTITION BY topic, partition ORDER BY id DESC) AS latest
  FROM offset_history WHERE "group" = '{group}' AND time <= '{moment}')
WHERE latest = 1 AND offset_after IS NOT NULL ORDER BY topic, partition"""
WHO_REWOUND = """
SELECT time, topic, partition, offset_before, offset_after, distance, source, client, host, member
FROM offset_history WHERE "group" = '{group}' AND (rewound OR offset_after IS NULL) ORDER BY id"""
NOT_MOVED_FOR_AN_HOUR = """
SELECT "group", max(changed_time) AS last_moved, sum(lag) AS lag
FROM consumer_lag GROUP BY "group"
HAVING max(changed_time) < strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-1 hour') ORDER BY last_moved"""


class TestRecipes:
    def test_the_position_of_a_group_as_of_a_moment(self, broker, topic):
        create_topic(broker.bootstrap, topic, 2)
        moments = []
        for positions in ({0: 1}, {0: 5, 1: 3}, {1: 4}):
            commit_alone(broker, topic, topic, positions)
            time.sleep(0.01)
            moments.append(broker.scalar("select strftime('%Y-%m-%dT%H:%M:%fZ', 'now')"))
            time.sleep(0.01)
        found = [[(r["partition"], r["position"]) for r in broker.sql(
            POSITION_AS_OF.format(group=topic, moment=moment))] for moment in moments]
        assert found == [[(0, 1)], [(0, 5), (1, 3)], [(0, 5), (1, 4)]]
        assert broker.sql(POSITION_AS_OF.format(group=topic, moment="2020-01-01")) == []

    def test_who_rewound_this_group(self, broker, filled):
        consume_as_member(broker, filled, filled, 20, **{"client.id": "reader"})
        commit_alone(broker, filled, filled, {0: 12})
        commit_alone(broker, filled, filled, {0: 15})
        rows = broker.sql(WHO_REWOUND.format(group=filled))
        assert [(r["offset_before"], r["offset_after"], r["distance"], r["source"], r["host"])
                for r in rows] == [(20, 12, -8, "admin reset", "/127.0.0.1")]

    def test_groups_that_have_not_moved_for_an_hour(self, own_broker):
        broker = own_broker()
        create_topic(broker.bootstrap, "work")
        Confluent.produce(broker.bootstrap, "work", texts(10))
        commit_alone(broker, "asleep", "work", {0: 4})
        commit_alone(broker, "awake", "work", {0: 4})
        assert broker.sql(NOT_MOVED_FOR_AN_HOUR) == []
        assert broker.stop() == 0
        self.age(broker, "asleep", hours=2)
        broker.start()
        rows = broker.sql(NOT_MOVED_FOR_AN_HOUR)
        assert [(r["group"], r["lag"]) for r in rows] == [("asleep", 6)]
        # Committing the same again is a sign of life, but no movement.
        commit_alone(broker, "asleep", "work", {0: 4})
        assert [r["group"] for r in broker.sql(NOT_MOVED_FOR_AN_HOUR)] == ["asleep"]
        commit_alone(broker, "asleep", "work", {0: 5})
        assert broker.sql(NOT_MOVED_FOR_AN_HOUR) == []

    @staticmethod
    def age(broker, group, hours):
        """Puts a group's commits into the past, while the broker is away."""
        with sqlite3.connect(broker.data) as database:
            database.execute(
                "update committed_offsets set committed_at = committed_at - ?1,"
                " changed_at = changed_at - ?1"
                " where group_id = (select id from consumer_groups where name = ?2)",
                (hours * 3_600_000, group))
        database.close()


class TestLag:
    def test_it_is_exact_while_records_and_commits_arrive(self, broker, topic):
        create_topic(broker.bootstrap, topic)
        Confluent.produce(broker.bootstrap, topic, [Record(b"k", b"first")])
        time.sleep(0.3)
        Confluent.produce(broker.bootstrap, topic, texts(9))
        commit_alone(broker, topic, topic, {0: 1})
        [row] = broker.sql(f"select * from consumer_lag where \"group\" = '{topic}'")
        assert (row["committed_offset"], row["log_end_offset"], row["lag"]) == (1, 10, 9)
        young = row["oldest_unread_age_ms"]
        commit_alone(broker, topic, topic, {0: 0})
        [row] = broker.sql(f"select * from consumer_lag where \"group\" = '{topic}'")
        assert row["lag"] == 10 and row["oldest_unread_age_ms"] >= young + 300 - 5
        commit_alone(broker, topic, topic, {0: 10})
        [row] = broker.sql(f"select * from consumer_lag where \"group\" = '{topic}'")
        assert (row["lag"], row["oldest_unread_age_ms"]) == (0, None)
