"""The performance tests and the verifiable clients: layouts to the letter, figures that agree with what was done.

With KAFKA_HOME the same is asked of Kafka's tools.
"""

import json
import re
import signal
import subprocess
import time

import pytest
from confluent_kafka import Consumer, Producer
from confluent_kafka.admin import AdminClient, NewTopic

from console_tools import call, start

KINDS = ["acta", "kafka"]
PRODUCED = (r"(\d+)( steady state)? records sent, (\d+\.\d{6}) records/sec \((\d+\.\d\d) MB/sec\), "
            r"(\d+\.\d\d) ms avg latency, (\d+\.\d\d) ms max latency, (\d+) ms 50th, (\d+) ms 95th, "
            r"(\d+) ms 99th, (\d+) ms 99\.9th\.")
WINDOW = (r"\d+ records sent, \d+\.\d records/sec \(\d+\.\d\d MB/sec\), \d+\.\d ms avg latency, "
          r"\d+\.\d ms max latency\.")
DATE = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d:\d{3}"
NUMBERS = r"(\d+\.\d{4}), (\d+\.\d{4}), (\d+), (\d+\.\d{4}), (-?\d+), (-?\d+), (-?\d+\.\d{4}), (-?\d+\.\d{4})"


def create(broker, topic, partitions=1):
    admin = AdminClient({"bootstrap.servers": broker.bootstrap})
    admin.create_topics([NewTopic(topic, partitions, 1)])[topic].result(10)


def produce(kind, broker, topic, *words):
    return call(kind, "producer-perf-test", "--topic", topic, *words, "--bootstrap-server",
                broker.bootstrap)


def consume(kind, broker, topic, *words):
    return call(kind, "consumer-perf-test", "--topic", topic, *words, "--bootstrap-server",
                broker.bootstrap)


@pytest.mark.parametrize("kind", KINDS)
def test_producing_is_measured(kind, broker, topic):
    create(broker, topic)
    made = produce(kind, broker, topic, "--num-records", "3000", "--record-size", "100",
                   "--throughput", "2000", "--reporting-interval", "500")
    *windows, total = made.out.decode().splitlines()
    assert made.code == 0 and len(windows) >= 2
    assert all(re.fullmatch(WINDOW, line) for line in windows)
    count, _, rate, megabytes, *_ = re.fullmatch(PRODUCED, total).groups()
    assert count == "3000" and 1000 < float(rate) < 2300
    assert float(megabytes) == pytest.approx(float(rate) * 100 / 2**20, abs=0.01)
    got = consume(kind, broker, topic, "--num-records", "3000", "--hide-header")
    columns = re.fullmatch(rf"{DATE}, {DATE}, {NUMBERS}\n", got.out.decode()).groups()
    assert columns[0] == "0.2861" and columns[2] == "3000"


@pytest.mark.parametrize("kind", KINDS)
def test_a_warm_up_is_counted_apart(kind, broker, topic):
    create(broker, topic)
    made = produce(kind, broker, topic, "--num-records", "1000", "--record-size", "10",
                   "--throughput", "-1", "--warmup-records", "400", "--command-property", "acks=1",
                   "linger.ms=0")
    lines = made.out.decode().splitlines()
    assert lines[0] == ("Warmup first 400 records. Steady state results will print after the complete "
                        "test summary.")
    counts = [re.fullmatch(PRODUCED, line).groups()[:2] for line in lines[-2:]]
    assert counts == [("1000", None), ("600", " steady state")]


@pytest.mark.parametrize("kind", KINDS)
def test_payloads(kind, broker, topic, tmp_path):
    file = tmp_path / "payloads"
    file.write_text("one,two,three,")
    for n, words in enumerate((["--record-size", "20"], ["--payload-monotonic"],
                               ["--payload-file", str(file), "--payload-delimiter", ","])):
        create(broker, f"{topic}-{n}")
        assert produce(kind, broker, f"{topic}-{n}", "--num-records", "50", "--throughput", "-1",
                       *words).code == 0
    assert all(re.fullmatch(b"[A-Z]{20}", value) for _, value in records(broker, f"{topic}-0", 50))
    assert [value for _, value in records(broker, f"{topic}-1", 50)] == [b"%d" % n for n in range(50)]
    assert {value for _, value in records(broker, f"{topic}-2", 50)} == {b"one", b"two", b"three"}


def records(broker, topic, count):
    consumer = Consumer({"bootstrap.servers": broker.bootstrap, "group.id": "x",
                         "auto.offset.reset": "earliest"})
    consumer.subscribe([topic])
    found = consumer.consume(count, 20)
    consumer.close()
    return [(one.key(), one.value()) for one in found]


def test_keys(broker, topic):
    create(broker, topic)
    produce("acta", broker, topic, "--num-records", "10", "--record-size", "1", "--throughput", "-1",
            "--key-distribution", "range", "--record-key-range", "4")
    assert [key for key, _ in records(broker, topic, 10)] == [b"%d" % (n % 4) for n in range(10)]


@pytest.mark.parametrize("kind", KINDS)
def test_transactions(kind, broker, topic):
    create(broker, topic)
    made = produce(kind, broker, topic, "--num-records", "500", "--record-size", "10", "--throughput",
                   "500", "--transactional-id", topic, "--transaction-duration-ms", "200")
    assert made.code == 0
    got = call(kind, "consumer-perf-test", "--bootstrap-server", broker.bootstrap, "--topic", topic,
               "--num-records", "500", "--hide-header", "--command-property",
               "isolation.level=read_committed")
    assert ", 500, " in got.out.decode()


@pytest.mark.parametrize("kind", KINDS)
def test_too_few_records_are_told_of(kind, broker, topic):
    create(broker, topic)
    produce("acta", broker, topic, "--num-records", "10", "--record-size", "10", "--throughput", "-1")
    got = consume(kind, broker, topic, "--messages", "11", "--timeout", "1500")
    lines = got.out.decode().splitlines()
    assert got.code == 0
    assert lines[0] == "Warning: --messages is deprecated. Use --num-records instead."
    assert lines[1].startswith("start.time, end.time, data.consumed.in.MB, MB.sec, ")
    assert ("WARNING: Exiting before consuming the expected number of records: timeout (1500 ms) "
            "exceeded. You can use the --timeout option to increase the timeout.") in lines
    assert re.fullmatch(rf"{DATE}, {DATE}, {NUMBERS}", lines[-1])


@pytest.mark.parametrize("kind", KINDS)
def test_detailed_lines(kind, broker, topic):
    create(broker, topic)
    writer = start("acta", "producer-perf-test", "--bootstrap-server", broker.bootstrap, "--topic", topic,
                   "--num-records", "4000", "--record-size", "10", "--throughput", "1500",
                   stdout=subprocess.DEVNULL)
    got = consume(kind, broker, topic, "--num-records", "4000", "--show-detailed-stats",
                  "--reporting-interval", "500")
    assert writer.wait(20) == 0
    header, *lines = got.out.decode().splitlines()
    assert header == ("time, threadId, data.consumed.in.MB, MB.sec, data.consumed.in.nMsg, nMsg.sec, "
                      "rebalance.time.ms, fetch.time.ms, fetch.MB.sec, fetch.nMsg.sec")
    assert lines and all(re.fullmatch(rf"{DATE}, 0, {NUMBERS}", line) for line in lines)


PRODUCER = ["--topic", "t", "--throughput", "-1"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("words, sentence", [
    ([*PRODUCER, "--num-records", "0", "--record-size", "1", "--bootstrap-server", "h:1"],
     "--num-records should be greater than zero."),
    ([*PRODUCER, "--num-records", "1", "--record-size", "1"],
     "At least one of --bootstrap-server, --command-property, --producer-props, --producer.config or "
     "--command-config must be specified."),
    ([*PRODUCER, "--num-records", "1", "--bootstrap-server", "h:1"],
     "one of the arguments --record-size --payload-file --payload-monotonic is required"),
    ([*PRODUCER, "--num-records", "1", "--record-size", "1", "--payload-monotonic"],
     "argument --payload-monotonic: not allowed with argument --record-size"),
    ([*PRODUCER, "--num-records", "x"], "argument --num-records: could not convert 'x'"),
])
def test_refusals(kind, words, sentence):
    got = call(kind, "producer-perf-test", *words)
    said = " ".join(got.err.decode().split())
    assert got.code == 1
    assert f"kafka-producer-perf-test: error: {sentence}".replace(" ", "") in said.replace(" ", "")


@pytest.mark.parametrize("kind", KINDS)
def test_a_property_without_a_value_is_refused(kind, broker, topic):
    got = call(kind, "producer-perf-test", "--bootstrap-server", broker.bootstrap, "--topic", topic, "--num-records",
               "1", "--record-size", "1", "--throughput", "-1", "--command-property", "acks", "linger.ms=5")
    assert got.code == 1
    assert got.complaint.endswith("java.lang.IllegalArgumentException: Invalid property: acks")


def test_metrics(broker, topic):
    create(broker, topic)
    made = produce("acta", broker, topic, "--num-records", "100", "--record-size", "10",
                   "--throughput", "-1", "--print-metrics")
    assert re.search(r"\n\nMetric Name +Value\n", made.out.decode())
    assert re.search(rf"records\.sent:{{client-id=perf-producer-client, topic={topic}.*}} +: 100\n",
                     made.out.decode())


# The verifiable clients.


def events(printed):
    return [json.loads(line) for line in printed.decode().splitlines()]


@pytest.mark.parametrize("kind", KINDS)
def test_a_verifiable_producer_tells_of_each_message(kind, broker, topic):
    create(broker, topic)
    made = call(kind, "verifiable-producer", "--bootstrap-server", broker.bootstrap, "--topic", topic,
                "--max-messages", "5", "--value-prefix", "7", "--repeating-keys", "2", "--throughput", "100")
    told = events(made.out)
    assert b": " not in made.out and made.code == 0
    assert [one["name"] for one in told] == [
        "startup_complete", *["producer_send_success"] * 5, "shutdown_complete", "tool_data"]
    assert {tuple(sorted(one)) for one in told[1:6]} == {
        ("key", "name", "offset", "partition", "timestamp", "topic", "value")}
    assert [(one["key"], one["value"], one["offset"]) for one in told[1:6]] == [
        (f"{n % 2}", f"7.{n}", n) for n in range(5)]
    assert set(told[-1]) == {"timestamp", "name", "sent", "acked", "target_throughput", "avg_throughput"}
    assert (told[-1]["sent"], told[-1]["acked"], told[-1]["target_throughput"]) == (5, 5, 100)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("protocol", ["classic", "consumer"])
def test_a_verifiable_consumer_tells_what_happens(kind, protocol, broker, topic):
    create(broker, topic)
    producer = Producer({"bootstrap.servers": broker.bootstrap})
    for n in range(3):
        producer.produce(topic, b"%d" % n)
    producer.flush(10)
    got = call(kind, "verifiable-consumer", "--bootstrap-server", broker.bootstrap, "--topic", topic,
               "--group-id", f"{topic}-group", "--max-messages", "2", "--verbose", "--group-protocol",
               protocol)
    told = events(got.out)
    partition = {"topic": topic, "partition": 0}
    without_time = [{k: v for k, v in one.items() if k != "timestamp"} for one in told]
    for expected in (
            {"name": "startup_complete"},
            {"name": "partitions_assigned", "partitions": [partition]},
            {"name": "record_data", "key": None, "value": "1", "offset": 1, **partition},
            # Kafka's counts what it has polled, too.
            {"name": "records_consumed", "count": 2 if kind == "acta" else 3,
             "partitions": [{**partition, "count": 2, "minOffset": 0, "maxOffset": 1}]},
            {"name": "offsets_committed", "offsets": [{**partition, "offset": 2}], "success": True},
            {"name": "shutdown_complete"}):
        assert expected in without_time
    assert got.code == 0


def test_a_verifiable_consumer_is_told_to_end(broker, topic):
    create(broker, topic)
    process = start("acta", "verifiable-consumer", "--bootstrap-server", broker.bootstrap, "--topic", topic,
                    "--group-id", f"{topic}-group", stdout=subprocess.PIPE)
    while b"partitions_assigned" not in process.stdout.readline():
        assert process.poll() is None
    process.send_signal(signal.SIGTERM)
    out, _ = process.communicate(timeout=10)
    assert [one["name"] for one in events(out)] == [
        "shutdown_requested", "partitions_revoked", "shutdown_complete"]
    assert process.returncode == 143


def test_a_verifiable_producer_goes_on_until_it_is_told_to_end(broker, topic):
    create(broker, topic)
    process = start("acta", "verifiable-producer", "--bootstrap-server", broker.bootstrap, "--topic", topic,
                    "--throughput", "50", stdout=subprocess.PIPE)
    time.sleep(1)
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=10)
    told = events(out)
    assert process.returncode == 130 and told[-1]["sent"] == told[-1]["acked"] > 10
