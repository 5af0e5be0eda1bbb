"""What becomes of a group when its topics change, and when time passes."""

import sqlite3

import pytest
from confluent_kafka.admin import NewPartitions

import history
from clients import Confluent, Record, ask_admin, create_topic, retrying
from groups import QUICK, Crew, Flavour, commit_alone, ends_of, side_by_side

CLASSIC = Flavour("confluent", "cooperative-sticky")
NEW = Flavour("confluent", "uniform", protocol="consumer")
DAY = 86_400_000


def fill(broker, topic, partitions, each=20):
    Confluent.produce(broker.bootstrap, topic, [
        Record(b"k", b"v%d" % n, partition=n % partitions) for n in range(each * partitions)])


@pytest.fixture
def crews(own_broker, tmp_path):
    """Two groups, one of each protocol, with two members each, on topics named by the test."""
    made = []

    def make(broker, topic, *extra):
        for flavour in (CLASSIC, NEW):
            crew = Crew(broker, tmp_path, str(flavour), flavour, topic)
            made.append(crew)
            crew.start(*extra)
            crew.start(*extra)
        return made

    yield make
    for crew in made:
        crew.close()


def test_new_partitions_are_given_out(own_broker, crews):
    broker = own_broker(*QUICK)
    create_topic(broker.bootstrap, "growing", 2)
    both = crews(broker, "growing")
    side_by_side(*(lambda c=c: c.settle(2) for c in both))
    ask_admin(broker.bootstrap, "create_partitions", [NewPartitions("growing", 6)])
    fill(broker, "growing", 6)
    side_by_side(*(lambda c=c: c.settle(6) for c in both))
    for crew in both:
        crew.wait_until_processed(ends_of(broker, "growing"))
        crew.wait_for_no_lag(ends_of(broker, "growing"))
    side_by_side(*(crew.stop_all for crew in both))
    for crew in both:
        history.check(broker, crew, ends_of(broker, "growing"))


def test_a_topic_that_appears_and_fits_the_pattern_is_read(own_broker, tmp_path):
    broker = own_broker(*QUICK)
    create_topic(broker.bootstrap, "logs-1", 2)
    crews = [Crew(broker, tmp_path, name, flavour, "logs-1") for name, flavour in [
        ("classic", CLASSIC), ("new", NEW),
        ("python", Flavour("kafka-python", "range"))]]
    try:
        for crew in crews:
            crew.start("--topic", "^logs-.*")
        side_by_side(*(lambda c=c: c.settle(2) for c in crews))
        create_topic(broker.bootstrap, "logs-2", 2)
        create_topic(broker.bootstrap, "other", 1)
        fill(broker, "logs-2", 2)
        wanted = {(topic, number) for topic in ("logs-1", "logs-2") for number in (0, 1)}
        for crew in crews:
            [worker] = crew.workers
            assert retrying(15, lambda w=worker: w.assignment() == wanted), crew.describe()
            assert retrying(15, lambda w=worker: len(set(w.processed())) == 40), crew.describe()
        side_by_side(*(crew.stop_all for crew in crews))
    finally:
        for crew in crews:
            crew.close()


def test_a_group_goes_on_when_one_of_its_topics_is_deleted(own_broker, tmp_path):
    broker = own_broker(*QUICK, "auto.create.topics.enable=false")
    for topic in ("stays", "goes"):
        create_topic(broker.bootstrap, topic, 2)
        fill(broker, topic, 2)
    crews = [Crew(broker, tmp_path, str(flavour), flavour, "stays")
             for flavour in (CLASSIC, NEW)]
    try:
        for crew in crews:
            crew.start("--topic", "stays", "goes")
            both = {("stays", 0), ("stays", 1), ("goes", 0), ("goes", 1)}
            assert retrying(10, lambda c=crew: len(set(c.workers[0].processed())) == 80)
            assert retrying(10, lambda c=crew: history.positions_of(
                broker, c.group) == dict.fromkeys(both, 20)), crew.describe()
        ask_admin(broker.bootstrap, "delete_topics", ["goes"])
        for crew in crews:
            [worker] = crew.workers
            stays = {("stays", 0), ("stays", 1)}
            assert retrying(15, lambda w=worker: w.assignment() == stays), crew.describe()
            assert history.positions_of(broker, crew.group) == dict.fromkeys(stays, 20)
        fill(broker, "stays", 2)
        for crew in crews:
            crew.wait_for_no_lag({0: 40, 1: 40})
            gone = [row for row in history.audit_of(broker, crew.group)
                    if row["offset_after"] is None]
            assert {(row["topic"], row["source"]) for row in gone} == {("goes", "topic deletion")}
            history.check_chain(broker, crew.group)
    finally:
        for crew in crews:
            crew.close()


class TestTime:
    """The broker is away while the rows are aged; what is due goes at the next look."""

    @staticmethod
    def age(broker, *updates):
        with sqlite3.connect(broker.data) as database:
            for update in updates:
                assert database.execute(update).rowcount > 0, update
        database.close()

    def test_positions_expire_a_week_after_a_simple_consumer_committed(self, own_broker):
        broker = own_broker("offsets.retention.check.interval.ms=100")
        create_topic(broker.bootstrap, "work")
        commit_alone(broker, "forgotten", "work", {0: 4})
        commit_alone(broker, "fresh", "work", {0: 4})
        assert broker.stop() == 0
        self.age(broker, f"""update committed_offsets set committed_at = committed_at - {8 * DAY}
            where group_id = (select id from consumer_groups where name = 'forgotten')""")
        broker.start()
        assert retrying(5, lambda: history.positions_of(broker, "forgotten") == {})
        assert retrying(5, lambda: broker.scalar("select count(*) from group_overview") == 1)
        rows = history.audit_of(broker, "forgotten")
        assert [(r["offset_before"], r["offset_after"], r["source"]) for r in rows] == [
            (None, 4, "simple consumer"), (4, None, "expiry")]
        assert [e["kind"] for e in history.events_of(broker, "forgotten")][-1] == "deleted"
        assert history.positions_of(broker, "fresh") == {("work", 0): 4}

    def test_the_trail_is_kept_as_long_as_it_is_said_to_be(self, own_broker):
        broker = own_broker("offsets.retention.check.interval.ms=100",
                            f"acta.offset.audit.retention.ms={30 * DAY}")
        create_topic(broker.bootstrap, "work")
        for offset in (1, 2, 3):
            commit_alone(broker, "traced", "work", {0: offset})
        assert broker.stop() == 0
        self.age(broker, f"""update offset_commits set committed_at = committed_at - {31 * DAY}
            where offset_after < 3""")
        broker.start()
        assert retrying(5, lambda: len(history.audit_of(broker, "traced")) == 1)
        [row] = history.audit_of(broker, "traced")
        assert (row["offset_before"], row["offset_after"]) == (2, 3)
        assert history.positions_of(broker, "traced") == {("work", 0): 3}
