"""One consumer of a group as a process of its own, which can be killed at any moment.

It keeps a journal: a line of JSON for every assignment, for every batch of records *before* their
offsets are committed, and for every commit before and after. Each line is one write to the file, so
that what was committed is in the journal even after SIGKILL. SIGTERM closes the consumer.

    group_worker.py --client confluent --bootstrap HOST:PORT --group G --topic T --journal FILE
"""

import argparse
import asyncio
import faulthandler
import json
import os
import signal
import sys
import threading
import time

#: What a classic member with its own session may take to notice things, in milliseconds. The
#: session is the shortest that a broker allows by default.
SESSION, HEARTBEAT = 6_000, 200
BACKOFF = 50


class Journal:
    def __init__(self, path):
        self.file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)

    def note(self, event, **facts):
        line = json.dumps({"at": time.time(), "event": event, **facts})
        data = line.encode() + b"\n"
        written = os.write(self.file, data)
        assert written == len(data), "the disk is full"


class Stopping(Exception):
    """SIGTERM came in the middle of a call that may be given up."""


class Stop:
    """Whether SIGTERM has come."""

    def __init__(self, journal):
        self.asked = False
        self.in_wait = False
        self.journal = journal
        signal.signal(signal.SIGTERM, self.ask)

    def ask(self, *_):
        self.asked = True
        self.journal.note("stopping")
        if self.in_wait:
            self.in_wait = False
            raise Stopping

    def interrupts(self, wait):
        """What `wait` returns, `None` if SIGTERM ended it."""
        try:
            self.in_wait = not self.asked
            return wait() if self.in_wait else None
        except Stopping:
            return None
        finally:
            self.in_wait = False


class Positions:
    """What is processed and not yet committed. A commit that is refused in the middle of a
    rebalance is made again, as long as the partition stays."""

    def __init__(self, journal):
        self.journal = journal
        self.waiting = {}

    def processed(self, offsets):
        """Notes batches of records, {(topic, partition): [offset…]}, then wants them committed."""
        for (topic, partition), found in offsets.items():
            self.journal.note("processed", topic=topic, partition=partition, offsets=found)
            self.waiting[topic, partition] = found[-1] + 1

    def gone(self, partitions):
        for partition in partitions:
            self.waiting.pop((partition.topic, partition.partition), None)

    def listed(self, wanted):
        return sorted([*place, offset] for place, offset in wanted.items())

    def committing(self):
        wanted = dict(self.waiting)
        self.journal.note("committing", offsets=self.listed(wanted))
        return wanted

    def committed(self, wanted):
        self.journal.note("committed", offsets=self.listed(wanted))
        self.waiting = {place: offset for place, offset in self.waiting.items()
                        if wanted.get(place) != offset}

    def refused(self, wanted, error):
        self.journal.note("refused", offsets=self.listed(wanted), text=str(error))


def by_partition(messages):
    """{(topic, partition): [offset…]} of confluent's messages."""
    offsets = {}
    for message in messages:
        offsets.setdefault((message.topic(), message.partition()), []).append(message.offset())
    return offsets


def end_with(parent):
    """Ends this process, by and by, when the one that started it is gone."""
    def watch():
        while os.getppid() == parent:
            time.sleep(1)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def pairs(partitions):
    return sorted((p.topic, p.partition) for p in partitions)


def run_confluent(options, journal, stop):
    import confluent_kafka
    from confluent_kafka import TopicPartition

    settings = {
        "bootstrap.servers": options.bootstrap,
        "group.id": options.group,
        "client.id": options.client_id,
        "group.protocol": options.protocol,
        "auto.offset.reset": options.reset,
        "enable.auto.commit": options.commit == "auto",
        "auto.commit.interval.ms": 100,
        # Stored by hand, after the journal knows: what is committed has been processed.
        "enable.auto.offset.store": False,
        "fetch.wait.max.ms": 50,
        "topic.metadata.refresh.interval.ms": 1_000,
        "reconnect.backoff.ms": BACKOFF,
        "reconnect.backoff.max.ms": 2 * BACKOFF,
        "retry.backoff.ms": BACKOFF,
        "log_level": 2,
        "error_cb": lambda error: journal.note("error", code=error.code(), text=str(error)),
    }
    if options.protocol == "classic":
        settings |= {
            "partition.assignment.strategy": options.assignor,
            "session.timeout.ms": options.session,
            "heartbeat.interval.ms": options.heartbeat,
        }
    elif options.assignor:
        settings["group.remote.assignor"] = options.assignor
    if options.instance:
        settings["group.instance.id"] = options.instance
    settings |= dict(setting.split("=", 1) for setting in options.set)
    consumer = confluent_kafka.Consumer(settings)

    waiting = Positions(journal)

    def commit():
        wanted = waiting.committing()
        try:
            answers = consumer.commit(
                offsets=[TopicPartition(*place, offset) for place, offset in wanted.items()],
                asynchronous=False)
            refused = [a.error for a in answers if a.error is not None]
            if refused:
                raise confluent_kafka.KafkaException(refused[0])
            waiting.committed(wanted)
        except confluent_kafka.KafkaException as error:
            waiting.refused(wanted, error)

    def store():
        wanted = waiting.committing()
        waiting.gone(TopicPartition(*place) for place in wanted)
        for place, offset in wanted.items():
            try:
                consumer.store_offsets(offsets=[TopicPartition(*place, offset)])
            except confluent_kafka.KafkaException:
                pass  # the partition was taken away meanwhile, and its next owner repeats it

    def assigned(_, partitions):
        journal.note("assigned", partitions=pairs(partitions))

    def revoked(_, partitions):
        waiting.gone(partitions)
        journal.note("revoked", partitions=pairs(partitions))

    def lost(_, partitions):
        waiting.gone(partitions)
        journal.note("lost", partitions=pairs(partitions))

    consumer.subscribe(options.topic, on_assign=assigned, on_revoke=revoked, on_lost=lost)
    journal.note("subscribed")
    while not stop.asked:
        messages = []
        for message in consumer.consume(options.batch, 0.05):
            error = message.error()
            if error is None:
                messages.append(message)
            elif error.code() == confluent_kafka.KafkaError._FATAL or error.fatal():
                journal.note("fatal", text=str(error))
                stop.asked = True
            else:
                journal.note("error", code=error.code(), text=str(error))
        waiting.processed(by_partition(messages))
        if waiting.waiting and options.commit == "sync":
            commit()
        elif waiting.waiting and options.commit == "auto":
            store()
        time.sleep(options.pause if messages else 0)
    consumer.close()


def run_kafka_python(options, journal, stop):
    import kafka
    from kafka.coordinator.assignors.cooperative_sticky import CooperativeStickyAssignor
    from kafka.coordinator.assignors.range import RangePartitionAssignor
    from kafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor
    from kafka.coordinator.assignors.sticky.sticky_assignor import StickyPartitionAssignor
    from kafka.structs import OffsetAndMetadata

    known = {
        "range": RangePartitionAssignor, "roundrobin": RoundRobinPartitionAssignor,
        "sticky": StickyPartitionAssignor, "cooperative-sticky": CooperativeStickyAssignor}
    consumer = kafka.KafkaConsumer(
        bootstrap_servers=options.bootstrap, group_id=options.group, client_id=options.client_id,
        group_instance_id=options.instance,
        partition_assignment_strategy=[known[name] for name in options.assignor.split(",")],
        session_timeout_ms=options.session, heartbeat_interval_ms=options.heartbeat,
        auto_offset_reset=options.reset, enable_auto_commit=options.commit == "auto",
        auto_commit_interval_ms=100, fetch_max_wait_ms=50, metadata_max_age_ms=1_000,
        reconnect_backoff_ms=BACKOFF, reconnect_backoff_max_ms=2 * BACKOFF,
        retry_backoff_ms=BACKOFF)

    waiting = Positions(journal)

    class Listener(kafka.ConsumerRebalanceListener):
        def on_partitions_assigned(self, partitions):
            journal.note("assigned", partitions=pairs(partitions))

        def on_partitions_revoked(self, partitions):
            waiting.gone(partitions)
            journal.note("revoked", partitions=pairs(partitions))

        def on_partitions_lost(self, partitions):
            waiting.gone(partitions)
            journal.note("lost", partitions=pairs(partitions))

    pattern = options.topic[0] if options.topic[0].startswith("^") else None
    consumer.subscribe(
        topics=() if pattern else options.topic, pattern=pattern, listener=Listener())
    journal.note("subscribed")
    while not stop.asked:
        # A poll whose time runs out while the last answer of a rebalance comes in loses that answer
        # (kafka-python 3.0.12), so each is long; it returns as soon as there are records.
        patience = 1_000 if waiting.waiting else 60_000
        try:
            found = stop.interrupts(
                lambda: consumer.poll(timeout_ms=patience, max_records=options.batch)) or {}
        except kafka.errors.FencedInstanceIdError as error:
            journal.note("fatal", text=repr(error))
            break
        except kafka.errors.KafkaError as error:  # such as a broker that is not there for a moment
            journal.note("error", text=repr(error))
            found = {}
            time.sleep(0.1)
        waiting.processed(
            {(p.topic, p.partition): [m.offset for m in ms] for p, ms in found.items()})
        if waiting.waiting and options.commit == "sync":
            wanted = waiting.committing()
            try:
                consumer.commit({
                    kafka.TopicPartition(*place): OffsetAndMetadata(offset, "", -1)
                    for place, offset in wanted.items()})
                waiting.committed(wanted)
            except kafka.errors.FencedInstanceIdError as error:
                journal.note("fatal", text=repr(error))
                break
            except kafka.errors.KafkaError as error:
                waiting.refused(wanted, error)
        time.sleep(options.pause if found else 0)
    consumer.close(autocommit=options.commit == "auto")


def run_aiokafka(options, journal, stop):
    import aiokafka
    import aiokafka.errors
    from aiokafka.coordinator.assignors.range import RangePartitionAssignor
    from aiokafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor
    from aiokafka.coordinator.assignors.sticky.sticky_assignor import StickyPartitionAssignor

    known = {
        "range": RangePartitionAssignor, "roundrobin": RoundRobinPartitionAssignor,
        "sticky": StickyPartitionAssignor}

    waiting = Positions(journal)

    class Listener(aiokafka.ConsumerRebalanceListener):
        async def on_partitions_assigned(self, assigned):
            journal.note("assigned", partitions=pairs(assigned))

        async def on_partitions_revoked(self, revoked):
            waiting.gone(revoked)
            journal.note("revoked", partitions=pairs(revoked))

    async def run():
        consumer = aiokafka.AIOKafkaConsumer(
            bootstrap_servers=options.bootstrap, group_id=options.group,
            client_id=options.client_id, group_instance_id=options.instance,
            partition_assignment_strategy=[known[name] for name in options.assignor.split(",")],
            session_timeout_ms=options.session, heartbeat_interval_ms=options.heartbeat,
            auto_offset_reset=options.reset, enable_auto_commit=options.commit == "auto",
            auto_commit_interval_ms=100, fetch_max_wait_ms=50, metadata_max_age_ms=1_000,
            retry_backoff_ms=BACKOFF)
        pattern = options.topic[0] if options.topic[0].startswith("^") else None
        consumer.subscribe(
            topics=() if pattern else options.topic, pattern=pattern, listener=Listener())
        while not stop.asked:
            try:
                await consumer.start()
                break
            except aiokafka.errors.KafkaConnectionError as error:  # no broker there at the moment
                journal.note("error", text=repr(error))
                await asyncio.sleep(0.2)
        journal.note("subscribed")
        while not stop.asked:
            found = await consumer.getmany(timeout_ms=50, max_records=options.batch)
            waiting.processed(
                {(p.topic, p.partition): [m.offset for m in ms] for p, ms in found.items()})
            if waiting.waiting and options.commit == "sync":
                wanted = waiting.committing()
                try:
                    await consumer.commit({
                        aiokafka.TopicPartition(*place): offset
                        for place, offset in wanted.items()})
                    waiting.committed(wanted)
                except aiokafka.errors.KafkaError as error:
                    waiting.refused(wanted, error)
            await asyncio.sleep(options.pause if found else 0)
        try:
            await consumer.stop()
        except asyncio.CancelledError:
            pass  # its own, of a fetch that waited for the broker (aiokafka 0.14); it has left

    asyncio.run(run())


RUNNERS = {
    "confluent": run_confluent, "kafka-python": run_kafka_python, "aiokafka": run_aiokafka}


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--client", choices=RUNNERS, required=True)
    parser.add_argument("--bootstrap", required=True)
    parser.add_argument("--group", required=True)
    parser.add_argument("--topic", nargs="+", required=True, help="or one pattern: ^…")
    parser.add_argument("--journal", required=True)
    parser.add_argument("--client-id", default="worker")
    parser.add_argument("--protocol", choices=["classic", "consumer"], default="classic")
    parser.add_argument("--assignor", default="")
    parser.add_argument("--instance", help="makes it a static member")
    parser.add_argument("--commit", choices=["sync", "auto", "none"], default="sync")
    parser.add_argument("--reset", default="earliest")
    parser.add_argument("--session", type=int, default=SESSION)
    parser.add_argument("--heartbeat", type=int, default=HEARTBEAT)
    parser.add_argument("--batch", type=int, default=50, help="records to process at most at once")
    parser.add_argument("--pause", type=float, default=0.0, help="seconds after each batch")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE",
                        help="a setting of librdkafka, such as debug=cgrp")
    options = parser.parse_args()
    if not options.assignor and options.protocol == "classic":
        options.assignor = "range"
    end_with(os.getppid())
    faulthandler.register(signal.SIGUSR1)  # what does it wait for?
    journal = Journal(options.journal)
    stop = Stop(journal)
    journal.note("started", pid=os.getpid())
    RUNNERS[options.client](options, journal, stop)
    journal.note("closed")


if __name__ == "__main__":
    sys.exit(main())
