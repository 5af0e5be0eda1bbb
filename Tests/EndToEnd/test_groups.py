"""Groups of every client and assignor whose members come and go while a producer runs."""

import pytest

import history
from broker import Broker
from clients import create_topic
from groups import FLAVOURS, PARTITIONS, QUICK, Crew, Load, churn, seeded, side_by_side

STEPS = 10
TOPIC = "shared-work"


class Outcome:
    """What is left when every group has read everything and its members have gone."""

    def __init__(self, broker, directory, flavours):
        self.broker = broker
        chance = seeded()
        self.crews = {f: Crew(broker, directory, str(f), f, TOPIC) for f in flavours}
        self.failures = {}
        create_topic(broker.bootstrap, TOPIC, PARTITIONS)
        with Load(broker, TOPIC, rate=160) as load:
            seeds = {flavour: type(chance)(chance.random()) for flavour in flavours}
            side_by_side(*(
                lambda f=f: self.guarded(f, churn, self.crews[f], seeds[f], STEPS)
                for f in flavours))
            load.stop()
            self.ends = load.ends
        side_by_side(*(lambda f=f: self.guarded(f, self.finish, f) for f in flavours))

    def guarded(self, flavour, act, *arguments):
        """One group's failure is told by its own test."""
        try:
            if flavour not in self.failures:
                act(*arguments)
        except AssertionError as failure:
            self.failures[flavour] = failure

    def finish(self, flavour):
        crew = self.crews[flavour]
        crew.settle()
        crew.wait_for_no_lag(self.ends)
        crew.stop_all()

    def of(self, flavour):
        if flavour in self.failures:
            raise AssertionError(str(self.failures[flavour]))
        return self.crews[flavour]

    def close(self):
        for crew in self.crews.values():
            crew.close()


@pytest.fixture(scope="module")
def outcome(tmp_path_factory):
    directory = tmp_path_factory.mktemp("groups")
    broker = Broker(directory / "broker", QUICK).start()
    outcome = Outcome(broker, directory, FLAVOURS)
    yield outcome
    outcome.close()
    code = broker.stop()
    broker.close()
    assert code == 0, broker.log()


every_flavour = pytest.mark.parametrize("flavour", FLAVOURS, ids=str)


@every_flavour
def test_every_record_is_processed_and_none_is_skipped(outcome, flavour):
    crew = outcome.of(flavour)
    assert sum(outcome.ends.values()) > 1_000
    history.check_every_record_was_processed(crew, outcome.ends)
    history.check_nothing_was_skipped(crew)
    history.check_positions(outcome.broker, crew, outcome.ends)


@every_flavour
def test_the_audit_trail_explains_every_position(outcome, flavour):
    crew = outcome.of(flavour)
    history.check_chain(outcome.broker, crew.group)
    history.check_commits_were_of_processed_records(outcome.broker, crew)
    history.check_acknowledged_commits_are_history(outcome.broker, crew)
    history.check_committers_were_members(outcome.broker, crew)


@every_flavour
def test_members_and_their_partitions_are_history(outcome, flavour):
    crew = outcome.of(flavour)
    history.check_departures(outcome.broker, crew)
    history.check_one_owner_per_generation(outcome.broker, crew.group)


@every_flavour
def test_nobody_is_left_and_lag_is_0(outcome, flavour):
    crew = outcome.of(flavour)
    [row] = outcome.broker.sql(
        f"""select type, state, members, protocol_type from group_overview
            where "group" = '{crew.group}'""")
    kind = "consumer" if flavour.is_consumer else "classic"
    assert row["state"] == "Empty" and row["members"] == 0 and row["type"] == kind
    lags = outcome.broker.sql(
        f"""select lag, member from consumer_lag where "group" = '{crew.group}'""")
    assert [(r["lag"], r["member"]) for r in lags] == [(0, None)] * PARTITIONS
