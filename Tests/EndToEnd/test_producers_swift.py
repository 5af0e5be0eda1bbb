"""A producer of `ActaClient` goes on over every death of its broker: nothing twice, nothing in another order, nothing
lost."""

import subprocess
import time

import pytest

from broker import program
from clients import create_topic
from groups import seeded

PARTITIONS = 3
COUNT = 12_000
RATE = 2_000
KILLS = 6


def acknowledged(path):
    """How many the program says it knows of."""
    lines = path.read_text().splitlines()
    return max((int(line) for line in lines if line.isdigit()), default=0)


@pytest.mark.parametrize("codec", ["none", "lz4"])
def test_a_broker_that_is_killed_again_and_again(own_broker, tmp_path, codec):
    broker = own_broker()
    create_topic(broker.bootstrap, "numbers", PARTITIONS)
    chance = seeded()
    printed = tmp_path / "printed"
    with printed.open("wb") as output, subprocess.Popen(
            [program("ProducerWorker"), broker.bootstrap, "numbers", str(PARTITIONS), str(COUNT),
             str(RATE), codec],
            stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT) as producing:
        try:
            for _ in range(KILLS):
                before = acknowledged(printed)
                deadline = time.monotonic() + 20
                while acknowledged(printed) < before + 200:
                    assert producing.poll() is None, printed.read_text()[-2_000:]
                    assert time.monotonic() < deadline, printed.read_text()[-2_000:]
                    time.sleep(0.005)
                time.sleep(chance.uniform(0, 0.1))
                broker.kill9()
                time.sleep(chance.uniform(0, 0.3))
                broker.start()
            assert producing.wait(60) == 0
        finally:
            producing.kill()
    assert printed.read_text().splitlines()[-1] == f"acknowledged {COUNT}, failed 0 "
    rows = broker.sql("SELECT partition, value FROM messages WHERE topic = 'numbers'"
                      " ORDER BY partition, \"offset\"")
    found = {partition: [] for partition in range(PARTITIONS)}
    for row in rows:
        found[row["partition"]].append(int(row["value"]))
    assert found == {partition: list(range(partition, COUNT, PARTITIONS))
                     for partition in range(PARTITIONS)}
