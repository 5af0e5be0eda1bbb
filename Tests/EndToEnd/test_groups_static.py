"""Static members: they come back as who they were, and of two twins the older must go."""

import time

import kafka.admin

import history
from clients import create_topic, retrying
from groups import PARTITIONS, QUICK, Crew, Flavour, Load, side_by_side

TOPIC = "static-work"
FLAVOURS = [
    Flavour("confluent", "range"),
    Flavour("confluent", "uniform", protocol="consumer"),
    Flavour("kafka-python", "range"),
    Flavour("aiokafka", "roundrobin"),
]


def static(crew, number, generation=0):
    """Instance `number`; its process is the `generation`th of that name."""
    return crew.start("--instance", f"instance-{number}",
                      name=f"{crew.group}-{number}-{generation}")


def generation(broker, group):
    return broker.scalar(f"""select generation from group_overview where "group" = '{group}'""")


def callbacks(workers):
    return [len(worker.of("assigned", "revoked", "lost")) for worker in workers]


class Rig:
    """A broker with the topic, and a settled crew of three static members for each flavour."""

    def __init__(self, broker, directory, flavours):
        self.broker = broker
        create_topic(broker.bootstrap, TOPIC, PARTITIONS)
        self.crews = [Crew(broker, directory, str(f), f, TOPIC) for f in flavours]
        for crew in self.crews:
            for number in range(3):
                static(crew, number)

    def __enter__(self):
        side_by_side(*(crew.settle for crew in self.crews))
        return self

    def __exit__(self, *_):
        for crew in self.crews:
            crew.close()


def test_a_restart_within_the_session_is_no_rebalance(own_broker, tmp_path):
    broker = own_broker(*QUICK)
    with Rig(broker, tmp_path, FLAVOURS) as rig, Load(broker, TOPIC, rate=160) as load:
        time.sleep(1)

        def come_back(crew, how):
            stayed = [w for w in crew.running() if "-1-" not in w.name]
            [old] = [w for w in crew.running() if "-1-" in w.name]
            before = generation(broker, crew.group), callbacks(stayed)
            place = old.assignment()
            old.stop() if how == "closed" else old.kill()
            new = static(crew, 1, how)
            assert retrying(10, lambda: new.assignment() == place and new.of("processed")), (
                f"{how}: it had {place}\n{crew.describe()}")
            time.sleep(0.5)
            assert (generation(broker, crew.group), callbacks(stayed)) == before, crew.describe()

        side_by_side(*(lambda c=c: come_back(c, "closed") for c in rig.crews))
        # In the new protocol, whoever was killed is still there until the session has run out.
        classic = [crew for crew in rig.crews if not crew.flavour.is_consumer]
        side_by_side(*(lambda c=c: come_back(c, "killed") for c in classic))
        load.stop()
        for crew in rig.crews:
            crew.wait_until_processed(load.ends)
            crew.wait_for_no_lag(load.ends)
        side_by_side(*(crew.stop_all for crew in rig.crews))
        for crew in rig.crews:
            history.check(broker, crew, load.ends)
            replaced = history.events_of(broker, crew.group, "replaced")
            assert {row["instance"] for row in replaced} <= {"instance-1"}
            if not crew.flavour.is_consumer:
                assert len(replaced) == 2, replaced


def test_of_two_classic_twins_the_older_is_fenced(own_broker, tmp_path):
    broker = own_broker(*QUICK)
    flavours = [f for f in FLAVOURS if f.client in ("confluent", "kafka-python")
                and not f.is_consumer]
    with Rig(broker, tmp_path, flavours) as rig, Load(broker, TOPIC, rate=80):
        for crew in rig.crews:
            older = crew.workers[1]
            place = older.assignment()
            younger = static(crew, 1, "twin")
            assert retrying(15, lambda: older.of("fatal")), crew.describe()
            assert retrying(15, lambda: younger.assignment() == place), crew.describe()
            older.wait()
            assert younger.is_running() and not younger.of("fatal")


def test_of_two_twins_in_the_new_protocol_the_younger_must_wait(own_broker, tmp_path):
    broker = own_broker(*QUICK)
    [flavour] = [f for f in FLAVOURS if f.is_consumer]
    with Rig(broker, tmp_path, [flavour]) as rig:
        [crew] = rig.crews
        older = crew.workers[1]
        place = older.assignment()
        younger = static(crew, 1, "twin")
        assert retrying(10, lambda: younger.of("fatal", "error")), crew.describe()
        assert older.assignment() == place and not older.of("fatal")
        assert younger.assignment() == set()
        assert crew.is_settled(workers=crew.workers[:3]), crew.describe()


def test_a_static_member_that_stays_away_is_evicted(own_broker, tmp_path):
    broker = own_broker(*QUICK)
    with Rig(broker, tmp_path, FLAVOURS[:3]) as rig:
        for crew in rig.crews:
            crew.workers[2].stop() if crew.flavour.client == "kafka-python" else (
                crew.workers[2].kill())
        side_by_side(*(lambda c=c: c.settle(workers=c.workers[:2]) for c in rig.crews))
        for crew in rig.crews:
            evicted = history.events_of(broker, crew.group, "evicted")
            assert [row["instance"] for row in evicted] == ["instance-2"], evicted
            assert evicted[0]["reason"]


def test_an_administrator_removes_a_static_member_by_its_instance_id(own_broker, tmp_path):
    broker = own_broker(*QUICK)
    with Rig(broker, tmp_path, FLAVOURS[:1]) as rig:
        [crew] = rig.crews
        crew.workers[0].stop()
        admin = kafka.admin.KafkaAdminClient(bootstrap_servers=broker.bootstrap)
        try:
            answers = admin.remove_group_members(
                crew.group, [kafka.admin.MemberToRemove(group_instance_id="instance-0")])
        finally:
            admin.close()
        assert [error.errno for error in answers.values()] == [0]
        crew.settle(workers=crew.workers[1:], seconds=4)  # before the session could run out
        left = history.events_of(broker, crew.group, "left")
        assert [row["instance"] for row in left] == ["instance-0"]
