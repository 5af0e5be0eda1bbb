"""Groups whose members are of several client libraries, and of both protocols."""

import time

import history
from clients import create_topic, retrying
from groups import PARTITIONS, QUICK, Crew, Flavour, Load, side_by_side

TOPIC = "mixed-work"
CLASSIC = Flavour("confluent", "range")
NEW = Flavour("confluent", "range", protocol="consumer")


def libraries(assignor):
    """All three, where the first prefers what the others do not know."""
    return [Flavour("confluent", assignor), Flavour("kafka-python", assignor),
            Flavour("aiokafka", assignor)]


def work_together(broker, directory, assignor):
    crew = Crew(broker, directory, f"mixed-{assignor}", topic=TOPIC)
    try:
        for flavour in libraries(assignor):
            crew.start(flavour=flavour)
        crew.settle()
        # Each leaves in turn, so that each library is the leader of some generation.
        for flavour, worker in zip(libraries(assignor), list(crew.workers)):
            crew.start(flavour=flavour)
            crew.settle()
            worker.stop()
            crew.settle()
        yield crew
    finally:
        crew.close()


def test_three_libraries_share_a_group(own_broker, tmp_path):
    broker = own_broker(*QUICK)
    create_topic(broker.bootstrap, TOPIC, PARTITIONS)
    with Load(broker, TOPIC, rate=120) as load:
        stories = [work_together(broker, tmp_path, name) for name in ("range", "roundrobin")]
        crews = side_by_side(*(lambda s=s: next(s) for s in stories))
        load.stop()
    for crew, assignor in zip(crews, ("range", "roundrobin")):
        crew.wait_until_processed(load.ends)
        crew.wait_for_no_lag(load.ends)
        [row] = broker.sql(f"select * from group_overview where \"group\" = '{crew.group}'")
        assert (row["protocol"], row["members"], row["state"]) == (assignor, 3, "Stable")
        crew.stop_all()
        history.check(broker, crew, load.ends)
        history.check_departures(broker, crew)
    for story in stories:
        story.close()


def test_a_group_moves_to_the_new_protocol_and_back_while_it_works(own_broker, tmp_path):
    broker = own_broker(*QUICK)
    create_topic(broker.bootstrap, TOPIC, PARTITIONS)
    crew = Crew(broker, tmp_path, "moving", topic=TOPIC)

    def kind():
        return broker.scalar("select type from group_overview where \"group\" = 'moving'")

    def roll(flavour):
        for worker in crew.running():
            crew.start(flavour=flavour)
            crew.settle()
            worker.stop()
            crew.settle()

    try:
        with Load(broker, TOPIC, rate=120) as load:
            crew.start(flavour=CLASSIC)
            crew.start(flavour=CLASSIC)
            crew.settle()
            assert kind() == "classic"
            roll(NEW)
            assert kind() == "consumer"
            roll(CLASSIC)
            assert kind() == "classic"
            load.stop()
        crew.wait_until_processed(load.ends)
        crew.wait_for_no_lag(load.ends)
        crew.stop_all()
        history.check(broker, crew, load.ends)
        converted = history.events_of(broker, "moving", "converted")
        assert len(converted) == 2, converted
    finally:
        crew.close()


def test_an_empty_group_changes_its_protocol_and_keeps_its_positions(own_broker, tmp_path):
    broker = own_broker(*QUICK)
    create_topic(broker.bootstrap, TOPIC, PARTITIONS)
    crew = Crew(broker, tmp_path, "changing", topic=TOPIC)
    try:
        with Load(broker, TOPIC, rate=400) as load:
            for flavour in (CLASSIC, NEW, CLASSIC):
                worker = crew.start(flavour=flavour)
                crew.settle()
                assert retrying(10, lambda w=worker: w.of("committed")), crew.describe()
                time.sleep(0.3)
                worker.stop()
            worker = crew.start(flavour=NEW)
            load.stop()
        crew.wait_until_processed(load.ends)
        crew.wait_for_no_lag(load.ends)
        crew.stop_all()
        history.check(broker, crew, load.ends)
        # Each went on where the one before had committed: hardly anything was read twice.
        everything = [place for worker in crew.workers for place in worker.processed()]
        assert len(everything) == len(set(everything)), "records were processed twice"
    finally:
        crew.close()
