"""An application of Quix Streams that counts records by their key, exactly once, and can be killed at any moment.

Each start has a transactional id of its own, so that nobody fences a killed one: its transaction ends when its time
is up.

    quix_worker.py HOST:PORT NAME FOLDER
"""

import os
import sys

from quixstreams import Application

from group_worker import end_with

QUICK = {"reconnect.backoff.ms": 20, "reconnect.backoff.max.ms": 100, "log_level": 0}


def count(value, state):
    seen = state.get("count", 0) + 1
    state.set("count", seen)
    os.write(1, b".")
    return seen


def main():
    bootstrap, name, folder = sys.argv[1:]
    end_with(os.getppid())
    application = Application(
        broker_address=bootstrap, consumer_group=name, processing_guarantee="exactly-once",
        auto_offset_reset="earliest", state_dir=folder, commit_interval=0.1, loglevel="WARNING",
        consumer_extra_config={
            **QUICK, "session.timeout.ms": 1_500, "heartbeat.interval.ms": 200},
        producer_extra_config={**QUICK, "transaction.timeout.ms": 2_000})
    frame = application.dataframe(application.topic(
        f"{name}-in", key_deserializer="str", value_deserializer="bytes"))
    frame = frame.apply(count, stateful=True)
    frame.to_topic(application.topic(
        f"{name}-out", key_serializer="str", value_serializer="json"))
    application.run()


if __name__ == "__main__":
    main()
