"""Each codec by each client, read as it came (the tail) and from the tables (after a restart)."""

import pytest

from broker import Broker
from clients import CLIENTS, Confluent, KafkaPython, Record, create_topic, kcat

CODECS = ["gzip", "snappy", "lz4", "zstd"]
COUNT = 300


def records():
    """Compressible, longer than one snappy block, with a null, an empty and a binary value."""
    plain = [
        Record(f"key-{n % 7}".encode(), f"value {n} ".encode() * 50, (("n", str(n).encode()),))
        for n in range(COUNT - 3)
    ]
    return plain + [Record(b"k", None), Record(None, b""), Record(b"\xff\0", bytes(range(256)))]


@pytest.fixture(scope="module")
def codec_broker(tmp_path_factory):
    broker = Broker(tmp_path_factory.mktemp("codecs")).start()
    yield broker
    broker.close()


def name_of(client, codec):
    return f"{client.name}-{codec}"


class TestHot:
    """Read from the tail cache: the batches leave as they came."""

    @pytest.mark.parametrize("codec", CODECS)
    @pytest.mark.parametrize("client", CLIENTS, ids=lambda c: c.name)
    def test_every_client_reads_what_this_one_compressed(self, codec_broker, client, codec):
        name = create_topic(codec_broker.bootstrap, name_of(client, codec))
        sent = client.produce(codec_broker.bootstrap, name, records(), compression=codec)
        assert [r.offset for r in sent] == list(range(COUNT))
        for reader in CLIENTS:
            found = reader.consume(codec_broker.bootstrap, name, COUNT)
            assert [r.content for r in found] == [r.content for r in sent], reader.name

    @pytest.mark.parametrize("codec", CODECS)
    def test_kcat(self, codec_broker, codec):
        name = create_topic(codec_broker.bootstrap, f"kcat-{codec}")
        lines = b"".join(b"line %d\n" % n for n in range(COUNT))
        kcat(codec_broker.bootstrap, "-P", "-t", name, "-z", codec, stdin=lines)
        assert kcat(codec_broker.bootstrap, "-C", "-t", name, "-e", "-q").encode() == lines


class TestCold:
    """Read from the tables: runs after TestHot, on a broker that has restarted since."""

    @pytest.fixture(scope="class", autouse=True)
    def restarted(self, codec_broker):
        codec_broker.restart()

    @pytest.mark.parametrize("codec", CODECS)
    @pytest.mark.parametrize("client", CLIENTS, ids=lambda c: c.name)
    def test_every_client_reads_what_this_one_compressed(self, codec_broker, client, codec):
        expected = [r.content for r in records()]
        for reader in CLIENTS:
            found = reader.consume(codec_broker.bootstrap, name_of(client, codec), COUNT)
            assert [r.content for r in found] == expected, reader.name
            assert [r.offset for r in found] == list(range(COUNT))

    @pytest.mark.parametrize("codec", CODECS)
    def test_kcat(self, codec_broker, codec):
        text = kcat(codec_broker.bootstrap, "-C", "-t", f"kcat-{codec}", "-e", "-q")
        assert text.splitlines() == [f"line {n}" for n in range(COUNT)]


@pytest.mark.parametrize("codec", [*CODECS, "uncompressed"])
def test_a_topic_with_a_compression_type_of_its_own_keeps_every_record(own_broker, codec):
    """The broker recompresses what comes with another codec."""
    broker = own_broker()
    name = create_topic(broker.bootstrap, "own-codec", compression_type=codec)
    for client, sent_with in [(Confluent, "gzip"), (KafkaPython, "lz4")]:
        client.produce(broker.bootstrap, name, records(), compression=sent_with)
    expected = [r.content for r in records()] * 2
    assert [r.content for r in Confluent.consume(broker.bootstrap, name, 2 * COUNT)] == expected
    broker.restart()
    assert [r.content for r in KafkaPython.consume(broker.bootstrap, name, 2 * COUNT)] == expected
