"""Whose doing the history says it was: the principal, and the client's library as it reports itself."""

import contextlib

import confluent_kafka
import kafka
import pytest

import history
from clients import Confluent, create_topic, texts
from groups import consume_as_member

#: Until clients can authenticate.
EVERYBODY = "User:ANONYMOUS"


@pytest.fixture
def filled(broker, topic):
    create_topic(broker.bootstrap, topic)
    Confluent.produce(broker.bootstrap, topic, texts(5))
    return topic


def consume_with_kafka_python(broker, group, topic):
    consumer = kafka.KafkaConsumer(
        topic, bootstrap_servers=broker.bootstrap, group_id=group, auto_offset_reset="earliest",
        enable_auto_commit=False, consumer_timeout_ms=10_000)
    with contextlib.closing(consumer):
        next(consumer)
        consumer.commit()


def parties(rows):
    return {(r["principal"], r["client_software"], r["client_software_version"]) for r in rows}


def check(broker, group, software, version):
    """Every row of both histories that has a client names the same one."""
    commits = history.audit_of(broker, group)
    events = [event for event in history.events_of(
        broker, group, "joined", "assigned", "left") if event["client"] is not None]
    assert {"joined", "assigned", "left"} <= {event["kind"] for event in events}
    assert parties(commits) == parties(events) == {(EVERYBODY, software, version)}


def test_librdkafka_is_named_as_it_reports_itself(broker, filled):
    consume_as_member(
        broker, filled, filled, 5, **{
            "client.software.name": "librdkafka",
            "client.software.version": confluent_kafka.libversion()[0]})
    check(broker, filled, "librdkafka", confluent_kafka.libversion()[0])


def test_a_librdkafka_inside_another_library_reports_that(broker, filled):
    consume_as_member(broker, filled, filled, 5)
    wrapper, library = confluent_kafka.__version__, confluent_kafka.libversion()[0]
    check(broker, filled, "confluent-kafka-python", f"{wrapper}-rdkafka-{library}")


def test_kafka_python_is_named_as_it_reports_itself(broker, filled):
    consume_with_kafka_python(broker, filled, filled)
    check(broker, filled, "kafka-python", kafka.__version__)
