"""Members and the broker are killed with SIGKILL while groups work; nothing is lost for it."""

import time

import pytest

import history
from broker import Broker
from clients import create_topic
from groups import PARTITIONS, QUICK, Crew, Flavour, Load, churn, seeded, side_by_side

TOPIC = "hard-work"
STEPS = 8
KILLS_OF_THE_BROKER = 3
#: A session of six seconds must have run out, and the partitions found a new owner.
SETTLE_SECONDS = 45
FLAVOURS = [
    Flavour("confluent", "range"),
    Flavour("confluent", "cooperative-sticky"),
    Flavour("confluent", "uniform", protocol="consumer"),
    Flavour("confluent", "range", protocol="consumer"),
    Flavour("kafka-python", "roundrobin"),
    Flavour("aiokafka", "range"),
]


def harm(broker, chance):
    for _ in range(KILLS_OF_THE_BROKER):
        time.sleep(chance.uniform(1.5, 3.5))
        broker.kill9()
        broker.start()


@pytest.fixture(scope="module")
def outcome(tmp_path_factory):
    """(broker, {flavour: crew}, ends), after everything has been read."""
    chance = seeded()
    directory = tmp_path_factory.mktemp("chaos")
    broker = Broker(directory / "broker", QUICK).start()
    create_topic(broker.bootstrap, TOPIC, PARTITIONS)
    crews = {f: Crew(broker, directory, str(f), f, TOPIC) for f in FLAVOURS}
    try:
        with Load(broker, TOPIC, rate=160) as load:
            side_by_side(
                lambda: harm(broker, type(chance)(chance.random())),
                *(lambda c=c: churn(c, type(chance)(chance.random()), STEPS, kills=True)
                  for c in crews.values()))
            load.stop()
        for crew in crews.values():
            crew.settle(seconds=SETTLE_SECONDS)
            crew.wait_for_no_lag(load.ends)
        side_by_side(*(crew.stop_all for crew in crews.values()))
        yield broker, crews, load.ends
    finally:
        for crew in crews.values():
            crew.close()
        broker.close()


@pytest.mark.parametrize("flavour", FLAVOURS, ids=str)
class TestAfterKills:
    def test_every_record_was_processed_and_none_was_skipped(self, outcome, flavour):
        broker, crews, ends = outcome
        assert sum(ends.values()) > 500
        history.check_every_record_was_processed(crews[flavour], ends)
        history.check_nothing_was_skipped(crews[flavour])
        history.check_positions(broker, crews[flavour], ends)

    def test_the_audit_trail_explains_every_position(self, outcome, flavour):
        broker, crews, _ = outcome
        history.check_chain(broker, crews[flavour].group)
        history.check_commits_were_of_processed_records(broker, crews[flavour])
        history.check_acknowledged_commits_are_history(broker, crews[flavour])
        history.check_committers_were_members(broker, crews[flavour])

    def test_members_that_were_killed_were_evicted(self, outcome, flavour):
        broker, crews, _ = outcome
        history.check_departures(broker, crews[flavour], undisturbed=False)
        history.check_one_owner_per_generation(broker, crews[flavour].group)


def test_the_file_is_sound(outcome):
    broker, _, _ = outcome
    assert broker.scalar("pragma integrity_check") == "ok"
    assert broker.sql("pragma foreign_key_check") == []
