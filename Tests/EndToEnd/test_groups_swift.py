"""Groups in which consumers of `ActaClient` and of librdkafka share the work, by both protocols."""

import collections
import time

import pytest

import history
from clients import create_topic, retrying
from groups import PARTITIONS, QUICK, Crew, Flavour, Load, churn, seeded

TOPIC = "shared-work"
#: A session of six seconds must have run out, and the partitions found a new owner.
SETTLE_SECONDS = 45
SHARING = [
    {"assignor": "cooperative-sticky"},
    {"assignor": "uniform", "protocol": "consumer"},
    {"assignor": "range", "protocol": "consumer"},
    {"assignor": "range"},
]


def check_none_was_read_twice(crew):
    """But for what somebody had read who was killed, or whose commit came when the group had gone on and who
    does not repeat it when partitions go, as the worker of librdkafka does not."""
    refused = {place[1] for worker in crew.workers if worker.client == "confluent"
               for event in worker.of("refused") for place in event["offsets"]}
    read = [place for worker in crew.workers if not worker.was_killed
            for place in worker.processed() if place[1] not in refused]
    twice = {place for place, count in collections.Counter(read).items() if count > 1}
    assert not twice, f"{len(twice)} records were read twice: {sorted(twice)[:5]}"


@pytest.mark.parametrize("sharing", SHARING, ids=lambda s: "-".join(s.values()))
def test_two_swift_consumers_and_one_of_librdkafka(own_broker, tmp_path, sharing):
    swift, confluent = Flavour("swift", **sharing), Flavour("confluent", **sharing)
    broker = own_broker(*QUICK)
    create_topic(broker.bootstrap, TOPIC, PARTITIONS)
    crew = Crew(broker, tmp_path, "sharing", topic=TOPIC)
    try:
        with Load(broker, TOPIC, rate=300) as load:
            first = crew.start(flavour=swift)
            crew.settle()
            other = crew.start(flavour=confluent)
            crew.settle()
            crew.start(flavour=swift)
            crew.settle()
            # One comes and another goes, of both kinds.
            crew.start(flavour=swift)
            first.stop()
            crew.settle()
            crew.start(flavour=confluent)
            other.stop()
            crew.settle()
            # One is gone without a word.
            crew.running()[0].kill()
            crew.settle(seconds=SETTLE_SECONDS)
            crew.start(flavour=swift)
            crew.settle()
            time.sleep(0.5)
            load.stop()
        crew.wait_until_processed(load.ends)
        crew.wait_for_no_lag(load.ends)
        assert {worker.name for worker in crew.workers if worker.processed()} == {
            worker.name for worker in crew.workers}
        crew.stop_all()
        history.check(broker, crew, load.ends)
        history.check_departures(broker, crew)
        check_none_was_read_twice(crew)
    finally:
        crew.close()


@pytest.mark.parametrize("sharing", SHARING, ids=lambda s: "-".join(s.values()))
def test_others_have_the_partitions_of_a_loop_that_was_left(own_broker, tmp_path, sharing):
    session = 45_000
    broker = own_broker(
        f"group.consumer.session.timeout.ms={session}", "group.consumer.assignment.interval.ms=0",
        "group.consumer.min.heartbeat.interval.ms=1000",
        "group.consumer.heartbeat.interval.ms=1000")
    create_topic(broker.bootstrap, TOPIC, PARTITIONS)
    crew = Crew(broker, tmp_path, "looping", Flavour("swift", **sharing), TOPIC)
    try:
        with Load(broker, TOPIC, rate=300) as load:
            staying = crew.start("--session", session)
            crew.settle()
            leaving = crew.start("--session", session, "--loop", 500)
            crew.settle()
            assert retrying(30, lambda: leaving.of("away")), crew.describe()
            began = time.monotonic()
            crew.settle(workers=[staying], seconds=15)
            print(f"after {time.monotonic() - began:.1f} s")
            # It is there yet, with nothing of the group's.
            assert leaving.is_running() and not leaving.assignment()
            load.stop()
        crew.wait_until_processed(load.ends)
        crew.wait_for_no_lag(load.ends)
        assert len(leaving.processed()) == 500
        crew.stop_all()
        history.check(broker, crew, load.ends)
        check_none_was_read_twice(crew)
    finally:
        crew.close()


@pytest.mark.parametrize("sharing", SHARING[:2], ids=lambda s: "-".join(s.values()))
def test_swift_consumers_come_go_and_are_killed(own_broker, tmp_path, sharing):
    broker = own_broker(*QUICK)
    create_topic(broker.bootstrap, TOPIC, PARTITIONS)
    crew = Crew(broker, tmp_path, "churning", Flavour("swift", **sharing), TOPIC)
    try:
        with Load(broker, TOPIC, rate=300) as load:
            churn(crew, seeded(), 8, kills=True)
            load.stop()
        crew.settle(seconds=SETTLE_SECONDS)
        crew.wait_until_processed(load.ends)
        crew.wait_for_no_lag(load.ends)
        crew.stop_all()
        history.check(broker, crew, load.ends)
        history.check_departures(broker, crew, undisturbed=False)
    finally:
        crew.close()
