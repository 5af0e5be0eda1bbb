"""A broker that is killed and back within the session timeout: nobody rebalances."""

import time

import pytest

from clients import create_topic, retrying
from groups import (
    PARTITIONS, QUICK, Crew, Flavour, Load, ends_of, side_by_side,
)
import history

TOPIC = "steady-work"
FLAVOURS = [
    Flavour("confluent", "range"),
    Flavour("confluent", "cooperative-sticky"),
    Flavour("confluent", "uniform", protocol="consumer"),
    Flavour("kafka-python", "range"),
    Flavour("aiokafka", "roundrobin"),
]


def overview(broker, group):
    """All that a restart must not change."""
    [row] = broker.sql(f"""select * from group_overview where "group" = '{group}'""")
    return row


def told(crew):
    """How often each member was told of an assignment."""
    return {worker.name: len(worker.of("assigned", "revoked", "lost"))
            for worker in crew.workers}


@pytest.mark.parametrize("how", ["killed", "stopped"])
def test_nobody_rebalances_when_the_broker_is(own_broker, tmp_path, how):
    broker = own_broker(*QUICK)
    create_topic(broker.bootstrap, TOPIC, PARTITIONS)
    crews = [Crew(broker, tmp_path, str(flavour), flavour, TOPIC) for flavour in FLAVOURS]
    try:
        for crew in crews:
            for _ in range(3):
                crew.start()
        with Load(broker, TOPIC, rate=200) as load:
            side_by_side(*(crew.settle for crew in crews))
            stable = retrying(10, lambda: all(
                overview(broker, crew.group)["state"] == "Stable" for crew in crews))
            assert stable, broker.shell("select * from group_overview")
            before = [(overview(broker, crew.group), told(crew)) for crew in crews]
            for _ in range(2):
                if how == "killed":
                    broker.kill9()
                    broker.start()
                else:
                    broker.restart()
                time.sleep(1.5)
        ends = ends_of(broker, TOPIC)
        for crew in crews:
            crew.wait_until_processed(ends)
            crew.wait_for_no_lag(ends)
        assert all(len(crew.running()) == 3 for crew in crews)
        for crew, (overview_before, told_before) in zip(crews, before):
            assert overview(broker, crew.group) == overview_before
            assert told(crew) == told_before, crew.describe()
            assert history.events_of(broker, crew.group, "evicted", "fenced") == []
        side_by_side(*(crew.stop_all for crew in crews))
        for crew in crews:
            history.check(broker, crew, ends)
    finally:
        for crew in crews:
            crew.close()
