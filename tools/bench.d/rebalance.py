"""How long members stand still when one of them leaves or another comes.

Three groups of confluent-kafka consumers, each in its own way of sharing out, read the same topic
of eight partitions while a producer writes to it. All are told to send heartbeats every half
second: it is by a heartbeat that a member learns of a change.

    rebalance.py DIRECTORY REPEATS       prints one line of JSON, times in milliseconds
"""

import json
import pathlib
import sys
import time

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "Tests/EndToEnd"))
from broker import Broker  # noqa: E402
from clients import create_topic, retrying  # noqa: E402
from groups import PARTITIONS, Crew, Flavour, Load, side_by_side  # noqa: E402

HEARTBEAT = 500
MEMBERS = 5
TOPIC = "rebalanced"
SETTINGS = [
    f"group.consumer.min.heartbeat.interval.ms={HEARTBEAT}",
    f"group.consumer.heartbeat.interval.ms={HEARTBEAT}",
]
FLAVOURS = {
    "range": Flavour("confluent", "range"),
    "cooperative-sticky": Flavour("confluent", "cooperative-sticky"),
    "new protocol": Flavour("confluent", "uniform", protocol="consumer"),
}
SETTLE_SECONDS = 20


def last_assigned(worker, since):
    """When a worker was last given partitions, if that was after `since`, and all it was given."""
    events = [event for event in worker.of("assigned") if event["at"] >= since]
    gained = {tuple(place) for event in events for place in event["partitions"]}
    return (events[-1]["at"] if events else since), gained & worker.assignment()


def resumed(worker, since):
    """When a worker had read a record of each partition it gained after `since`; of one that it
    kept if it gained none. `None`: not yet."""
    assigned, gained = last_assigned(worker, since)
    first = {}
    for event in worker.of("processed"):
        place = (event["topic"], event["partition"])
        if event["at"] >= assigned and place in (gained or worker.assignment()):
            first.setdefault(place, event["at"])
    if gained - first.keys() or not first:
        return None
    return max(first[place] for place in gained) if gained else min(first.values())


def leave(crew):
    """From SIGTERM of one of five until each of the others reads what is its own now."""
    leaver = crew.running()[0]
    since = time.time()
    leaver.stop(wait=False)
    others = crew.running()
    crew.settle(workers=others, seconds=SETTLE_SECONDS)
    assert retrying(SETTLE_SECONDS, lambda: all(resumed(w, since) for w in others))
    took = max(resumed(worker, since) for worker in others) - since
    leaver.wait()
    return took


def join(crew):
    """From the sixth's subscription until all six have their partitions."""
    before = time.time()
    newcomer = start(crew)
    crew.settle(seconds=SETTLE_SECONDS)
    [subscribed] = newcomer.of("subscribed")
    return max(last_assigned(worker, before)[0] for worker in crew.running()) - subscribed["at"]


def start(crew):
    return crew.start("--heartbeat", HEARTBEAT)


def measure(crew, repeats):
    times = {"one of five leaves": [], "a sixth joins": []}
    for _ in range(MEMBERS):
        start(crew)
    crew.settle(seconds=SETTLE_SECONDS)
    time.sleep(1)
    for _ in range(repeats):
        times["one of five leaves"].append(leave(crew))
        start(crew)
        crew.settle(seconds=SETTLE_SECONDS)
        time.sleep(0.3)
        times["a sixth joins"].append(join(crew))
        crew.running()[-1].stop()
        crew.settle(seconds=SETTLE_SECONDS)
        time.sleep(0.3)
    return {what: [round(1_000 * one) for one in found] for what, found in times.items()}


def main():
    directory, repeats = pathlib.Path(sys.argv[1]), int(sys.argv[2])
    broker = Broker(directory / "broker", SETTINGS).start()
    crews = {}
    try:
        create_topic(broker.bootstrap, TOPIC, PARTITIONS)
        crews = {name: Crew(broker, directory, name.replace(" ", "-"), flavour, TOPIC)
                 for name, flavour in FLAVOURS.items()}
        with Load(broker, TOPIC, rate=1_600):
            found = side_by_side(
                *(lambda c=crew: measure(c, repeats) for crew in crews.values()))
    finally:
        for crew in crews.values():
            crew.close()
        broker.close()
    print(json.dumps({"heartbeat_milliseconds": HEARTBEAT, "groups": dict(zip(crews, found))}))


if __name__ == "__main__":
    main()
