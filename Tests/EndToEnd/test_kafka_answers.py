"""Every answer beside Apache Kafka's: the same requests to both, in every version that both serve.

Runs where KAFKA_HOME names a distribution of Apache Kafka and there is a java to run it with.
"""

import pytest

import kafka_admin_scripts  # noqa: F401 (enters its scripts)
import kafka_config_scripts  # noqa: F401 (enters its scripts)
import kafka_group_scripts  # noqa: F401 (enters its scripts)
import kafka_transaction_scripts  # noqa: F401 (enters its scripts)
from broker import Broker
from kafka_broker import KafkaBroker
from kafka_comparison import Peer, differences, without_indices
from kafka_differences import WANTED
from kafka_scripts import scripts


@pytest.fixture(scope="module")
def kafka(tmp_path_factory):
    broker = KafkaBroker(tmp_path_factory.mktemp("kafka"))
    yield broker.start()
    broker.close()


@pytest.fixture(scope="module")
def both(kafka, tmp_path_factory):
    """(Kafka, Acta), each with the other's settings where they show."""
    acta = Broker(tmp_path_factory.mktemp("beside-kafka"), ["node.id=1"]).start()
    Peer(kafka.definitions, kafka.port).warm_up()
    yield [(kafka.definitions, broker.port) for broker in (kafka, acta)]
    acta.close()


def recorded(script, peer, version):
    try:
        script(peer, version)
        return peer.records
    finally:
        peer.hang_up()


def versions_of_both(name, both):
    kafka, acta = (Peer(*where).versions(name) for where in both)
    return [version for version in acta if version in kafka]


def compared(name, version, both):
    """(record, path, Kafka's value, Acta's value) for each difference, named or not."""
    kafka, acta = (recorded(scripts[name], Peer(*where), version) for where in both)
    assert [one.title for one in kafka] == [one.title for one in acta]
    for one, other in zip(kafka, acta):
        for path, *values in differences(one.answer, other.answer):
            yield one, path, *values


def test_every_api_that_is_served_is_compared(both):
    definitions, port = both[1]
    names = definitions.names_by_key()
    assert {names[key] for key in Peer(definitions, port).served} == set(scripts)


def told(unexplained):
    """Each difference once, with the versions that have it."""
    lines = []
    for (title, path, kafka, acta), versions in unexplained.items():
        numbers = ", ".join(map(str, dict.fromkeys(versions)))
        lines += [f"v{numbers}, {title}: {path}", f"    Kafka {kafka}", f"    Acta  {acta}"]
    return "\n".join(lines)


@pytest.mark.parametrize("name", scripts)
def test_answers_are_kafkas(name, both):
    unexplained, found = {}, set()
    for version in versions_of_both(name, both):
        for record, path, kafka, acta in compared(name, version, both):
            path = without_indices(path)
            reasons = [one for one in WANTED if one.explains(record, path, kafka, acta)]
            found.update(reasons)
            if not reasons:
                key = (record.title, path, str(kafka)[:400], str(acta)[:400])
                unexplained.setdefault(key, []).append(version)
    assert not unexplained, f"{len(unexplained)} differences in {name}\n{told(unexplained)}"
    gone = [wanted for wanted in WANTED if wanted.api == name and wanted not in found]
    assert not gone, f"named, but not there: {gone}"
