"""kafka-console-producer and -consumer: what goes in comes out, in Kafka's words, and Ctrl-C leaves nothing behind.

With KAFKA_HOME each transcript is played with Kafka's tools, too.
"""

import re
import resource
import signal
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from console_tools import call, command, environment, start

KINDS = ["acta", "kafka"]
OPTIONS = b"Option "


def servers(broker):
    return ["--bootstrap-server", broker.bootstrap]


def create(broker, topic, partitions=1, **config):
    admin = AdminClient({"bootstrap.servers": broker.bootstrap})
    admin.create_topics([NewTopic(topic, partitions, 1, config=config)])[topic].result(10)


def produce(kind, broker, topic, text, *words):
    return call(kind, "console-producer", *servers(broker), "--topic", topic, *words, text=text)


def consume(kind, broker, topic, *words):
    return call(kind, "console-consumer", *servers(broker), "--topic", topic, *words)


def properties(name, *pairs):
    return [word for pair in pairs for word in (f"--{name}", pair)]


def read(*pairs):
    return properties("reader-property", *pairs)


def shown(*pairs):
    return properties("formatter-property", *pairs)


# What is typed, how it is read, how it is shown, and what is shown then.
ROUND_TRIPS = {
    "values": (b"one\ntwo\r\nthree\rfour", [], [], b"one\ntwo\nthree\nfour\n"),
    "empty lines": (b"\n\nx\n", [], [], b"\n\nx\n"),
    "keys": (b"k1:v1\nk2:v:2\n", read("parse.key=true", "key.separator=:"),
             shown("print.key=true", "key.separator=:"), b"k1:v1\nk2:v:2\n"),
    "an equals sign between": (b"a=b=c\n", read("parse.key=true", "key.separator=="),
                               shown("print.key=true"), b"a\tb=c\n"),
    "headers": (b"a:1,b:2\tk\tv\n", read("parse.headers=true", "parse.key=true"),
                shown("print.headers=true", "print.key=true"), b"a:1,b:2\tk\tv\n"),
    "nulls": (b"-\t-\nk\t-\n-\tv\n", read("parse.key=true", "null.marker=-"),
              shown("print.key=true", "null.literal=NIL"), b"NIL\tNIL\nk\tNIL\nNIL\tv\n"),
    "null headers": (b"-\tv1\nh:-\tv2\n", read("parse.headers=true", "null.marker=-"),
                     shown("print.headers=true"), b"NO_HEADERS\tv1\nh:null\tv2\n"),
    "errors passed over": (b"abc\nk\tv\n", read("parse.key=true", "ignore.error=true"),
                           shown("print.key=true"), b"null\tabc\nk\tv\n"),
    "columns": (b"v\n", [], shown("print.partition=true", "print.offset=true",
                                  "print.headers=true", "print.epoch=true", "print.delivery=true",
                                  "print.key=true", "print.value=false", "key.separator=|"),
                b"Partition:0|Offset:0|Delivery:NOT_PRESENT|Epoch:NOT_PRESENT|NO_HEADERS|null\n"),
    "another end of lines": (b"a\nb\n", [], shown("line.separator=;"), b"a;b;"),
    "numbers": (b"\x00\x00\x00\x2a\n", [],
                ["--value-deserializer",
                 "org.apache.kafka.common.serialization.IntegerDeserializer"], b"42\n"),
    "nothing": (b"a\nb\n", [], ["--formatter",
                                "org.apache.kafka.tools.consumer.NoOpMessageFormatter"], b""),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ROUND_TRIPS)
def test_what_is_typed_is_shown(kind, name, broker, topic):
    text, reading, showing, expected = ROUND_TRIPS[name]
    create(broker, topic)
    made = produce(kind, broker, topic, text, *reading)
    assert (made.code, made.out, made.err) == (0, b"", b"")
    count = str(len(expected.splitlines()) or 2) if b";" not in expected else "2"
    got = consume(kind, broker, topic, "--from-beginning", "--max-messages", count, *showing)
    assert (got.code, got.out) == (0, expected)
    # Kafka's advertises its new protocol of groups before it.
    ended = f"Processed a total of {count} messages\n".encode()
    assert got.err == ended if kind == "acta" else got.err.endswith(ended)


def test_bytes_that_are_no_text_pass_through(broker, topic):
    """Kafka's tool makes question marks of them."""
    create(broker, topic)
    text = b"\xff\xfe\x00\xc3(\nk\xe9y\n"
    produce("acta", broker, topic, text)
    got = consume("acta", broker, topic, "--from-beginning", "--max-messages", "2")
    assert got.out == text
    got = consume("acta", broker, topic, "--from-beginning", "--max-messages", "2",
                  "--value-deserializer", "hex")
    assert got.out == b"fffe00c328\n6be979\n"
    got = consume("acta", broker, topic, "--from-beginning", "--max-messages", "1",
                  "--formatter", "json", "--value-deserializer", "base64")
    assert got.out.startswith(f'{{"topic":"{topic}","partition":0,"offset":0,"tstype":"create",'.encode())


# The first line on standard error; OPTIONS says that the options stand behind it.
REFUSALS = [
    ("console-producer", ["--topic", "t", "--reader-property", "parse.key=true"],
     "org.apache.kafka.common.KafkaException: No key separator found on line number 1: 'abc'", False),
    ("console-producer", ["--topic", "t", "--reader-property", "headers.delimiter=,"],
     "org.apache.kafka.common.KafkaException: headers.delimiter and headers.separator may not be equal",
     False),
    ("console-producer", ["--topic", "t", "--reader-property", "a=b", "--property", "c=d"],
     "Options --reader-property and --property cannot be specified together.", True),
    ("console-producer", ["--topic", "t", "--command-property", "a=b", "--producer-property", "c=d"],
     "Options --command-property and --producer-property cannot be specified together.", True),
    ("console-producer", [], 'Missing required argument "[topic]"', True),
    ("console-producer", ["--topic", "t", "--bootstrap-server", "localhost"],
     "Please provide valid host:port like host1:9091,host2:9092", True),
    ("console-producer", ["--topic", "t", "--bootstrap-server", ""],
     "Error while validating the bootstrap address", True),
    ("console-producer", ["--topic", "t", "--compression-codec", "foo"],
     "org.apache.kafka.common.config.ConfigException: Invalid value foo for configuration "
     "compression.type: String must be one of: none, gzip, snappy, lz4, zstd", False),
    ("console-producer", ["--topic", "t", "--request-required-acks", "2"],
     "org.apache.kafka.common.config.ConfigException: Invalid value 2 for configuration acks: "
     "String must be one of: all, -1, 0, 1", False),
    ("console-producer", ["--topic", "t", "--batch-size", "x"],
     "Cannot parse argument 'x' of option batch-size", False),
    ("console-producer", ["--topic", "t", "--line-reader", "foo.Bar"],
     "java.lang.ClassNotFoundException: foo.Bar", False),
    ("console-consumer", [],
     "Exactly one of the following arguments is required: [topic], [include]", True),
    ("console-consumer", ["--topic", "t", "--include", "u"],
     "Exactly one of the following arguments is required: [topic], [include]", True),
    ("console-consumer", ["--include", "t", "--partition", "0"],
     "The topic is required when partition is specified.", True),
    ("console-consumer", ["--topic", "t", "--offset", "1"],
     "The partition is required when offset is specified.", True),
    ("console-consumer", ["--topic", "t", "--partition", "0", "--offset", "1", "--from-beginning"],
     "Options from-beginning and offset cannot be specified together.", True),
    ("console-consumer", ["--topic", "t", "--partition", "0", "--offset", "x"],
     "The provided offset value 'x' is incorrect. Valid values are 'earliest', 'latest', or a "
     "non-negative long.", True),
    ("console-consumer", ["--topic", "t", "--partition", "0", "--group", "g"],
     "Options group and partition cannot be specified together.", True),
    ("console-consumer", ["--topic", "t", "--group", "g", "--command-property", "group.id=h"],
     "The group ids provided in different places (directly using '--group', via "
     "'--consumer-property', or via '--consumer.config') do not match. Detected group ids: 'g', 'h'",
     True),
    ("console-consumer", ["--topic", "t", "--from-beginning", "--command-property",
                          "auto.offset.reset=latest"],
     "Can't simultaneously specify --from-beginning and 'auto.offset.reset=latest', please remove "
     "one option", False),
    ("console-consumer", ["--topic", "t", "--property", "a=b", "--formatter-property", "c=d"],
     "Options --property and --formatter-property cannot be specified together.", True),
    ("console-consumer", ["--topic", "t", "--nosuch"], "nosuch is not a recognized option", True),
    ("console-producer", ["--nosuch"], "nosuch is not a recognized option", True),
]


#: What comes to light at work: it ends the tool, and is the last that it says.
FAILURES = [
    ("console-consumer", ["--topic", ""],
     "java.lang.IllegalArgumentException: Topic collection to subscribe to cannot contain null or empty topic"),
    ("console-consumer", ["--include", ""],
     "java.lang.IllegalArgumentException: Topic pattern to subscribe to cannot be empty"),
]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("tool, words, sentence", FAILURES)
def test_failures(kind, tool, words, sentence, broker):
    got = call(kind, tool, *servers(broker), *words, text=b"abc\ndef\n")
    assert got.code == 1
    if kind == "acta":
        assert got.err.decode().splitlines()[-1] == sentence


def test_a_producer_that_can_send_nothing_ends_with_the_first_line(broker, topic):
    """So does Kafka's, but that it hangs then."""
    create(broker, topic)
    got = produce("acta", broker, topic, b"a\nb\n", "--command-property", "transactional.id=t")
    assert got.code == 1
    assert got.err == (b"java.lang.IllegalArgumentException: The producer has a transactional.id: call "
                       b"initTransactions() first, then beginTransaction().\n")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("tool, words, sentence, shows_options", REFUSALS)
def test_refusals(kind, tool, words, sentence, shows_options, broker):
    if "--bootstrap-server" not in words:
        words = [*servers(broker), *words]
    got = call(kind, tool, *words, text=b"abc\n")
    assert (got.complaint, got.code) == (sentence, 1)
    assert (b"\n" + OPTIONS in got.err) == shows_options


@pytest.mark.parametrize("kind", KINDS)
def test_old_names_work_and_are_told_of(kind, broker, topic, tmp_path):
    create(broker, topic)
    file = tmp_path / "client.properties"
    file.write_text("linger.ms=0\n")
    made = produce(kind, broker, topic, b"a:b\n", "--property", "parse.key=true", "--property",
                   "key.separator=:", "--producer-property", "acks=all", "--producer.config", str(file),
                   "--max-partition-memory-bytes", "1000")
    warning = "Warning: --{} is deprecated and will be removed in a future version. Use --{} instead."
    assert sorted(made.out.decode().splitlines()) == sorted([
        warning.format("property", "reader-property"),
        warning.format("producer-property", "command-property"),
        warning.format("producer.config", "command-config"),
        "Warning: --max-partition-memory-bytes is deprecated and will be removed in Apache Kafka 5.0. "
        "Use --batch-size instead."])
    got = consume(kind, broker, topic, "--from-beginning", "--max-messages", "1", "--property",
                  "print.key=true")
    assert got.out == (b"Option --property is deprecated and will be removed in a future version. "
                       b"Use --formatter-property instead.\na\tb\n")


@pytest.mark.parametrize("words", [
    ["--sync"], ["--compression-codec"], ["--compression-codec", "zstd"],
    ["--request-required-acks", "0"], ["--request-required-acks", "1"], ["--batch-size", "100"]])
def test_ways_to_send(words, broker, topic):
    create(broker, topic)
    text = b"".join(b"%d\n" % n for n in range(500))
    assert produce("acta", broker, topic, text, *words).code == 0
    got = consume("acta", broker, topic, "--from-beginning", "--max-messages", "500")
    assert got.out == text


def test_records_that_no_answer_is_wanted_for_are_there_when_the_producer_has_closed(broker, topic):
    """A connection that closes drops what it has not sent: one run in seven lost all of its lines."""
    create(broker, topic)
    text, runs = b"".join(b"%d\n" % n for n in range(500)), 40
    words = ["--bootstrap-server", broker.bootstrap, "--topic", topic, "--request-required-acks", "0"]
    with ThreadPoolExecutor(8) as threads:
        made = list(threads.map(lambda _: call("acta", "console-producer", *words, text=text), range(runs)))
    assert {one.code for one in made} == {0}
    got = consume("acta", broker, topic, "--from-beginning", "--max-messages", str(500 * runs))
    assert got.out.count(b"\n") == 500 * runs


@pytest.mark.parametrize("kind", KINDS)
def test_a_record_that_is_too_large_does_not_end_the_run(kind, broker, topic):
    create(broker, topic)
    made = produce(kind, broker, topic, b"a\n" + b"x" * 2_000_000 + b"\nb\n")
    assert made.code == 0
    if kind == "acta":
        assert re.fullmatch(
            r"\[[^\]]+\] ERROR Error when sending message to topic \S+ with key: null, value: 2000000 "
            r"bytes with error: \(org\.apache\.kafka\.clients\.producer\.internals"
            r"\.ErrorLoggingCallback\)\norg\.apache\.kafka\.common\.errors\.RecordTooLargeException: "
            r"The message is \d+ bytes when serialized which is larger than 1048576, which is the value "
            r"of the max\.request\.size configuration\.\n", made.err.decode())
    got = consume(kind, broker, topic, "--from-beginning", "--max-messages", "2")
    assert got.out == b"a\nb\n"


def test_nobody_there_is_one_sentence_and_an_error_a_line():
    began = time.monotonic()
    made = call("acta", "console-producer", "--bootstrap-server", "127.0.0.1:1", "--topic", "t",
                "--max-block-ms", "700", text=b"a\n")
    assert made.code == 0 and 0.6 < time.monotonic() - began < 5
    lines = made.err.decode().splitlines()
    assert len(lines) == 3
    assert "WARN [Producer clientId=console-producer] Not connected" in lines[0]
    assert "ERROR Error when sending message to topic t with key: null, value: 1 bytes" in lines[1]
    assert lines[2].startswith("org.apache.kafka.common.errors.TimeoutException: ")
    made = call("acta", "console-producer", "--bootstrap-server", "127.0.0.1:1", "--topic", "t",
                "--max-block-ms", "700", "--sync", text=b"a\n")
    assert made.code == 1
    got = call("acta", "console-consumer", "--bootstrap-server", "127.0.0.1:1", "--topic", "t",
               "--timeout-ms", "1500")
    lines = got.err.decode().splitlines()
    assert (got.code, len(lines), lines[-1]) == (0, 4, "Processed a total of 0 messages")


def test_a_topic_that_cannot_be_is_told_of_at_once(broker):
    began = time.monotonic()
    made = produce("acta", broker, "a b", b"x\n", "--sync")
    assert made.code == 1 and time.monotonic() - began < 10
    assert made.complaint.startswith("org.apache.kafka.common.errors.InvalidTopicException: ")
    got = consume("acta", broker, "a b", "--timeout-ms", "3000")
    assert got.code == 0 and b"Processed a total of 0 messages\n" in got.err


@pytest.mark.parametrize("kind", KINDS)
def test_time_is_up(kind, broker, topic):
    create(broker, topic)
    produce("acta", broker, topic, b"a\n")
    got = consume(kind, broker, topic, "--from-beginning", "--timeout-ms", "3000")
    assert (got.code, got.out) == (0, b"a\n")
    assert got.err.endswith(b"Processed a total of 1 messages\n")
    if kind == "acta":
        assert re.fullmatch(
            r"\[[^\]]+\] ERROR Error processing message, terminating consumer process:  "
            r"\(org\.apache\.kafka\.tools\.consumer\.ConsoleConsumer\)\n"
            r"org\.apache\.kafka\.common\.errors\.TimeoutException\n"
            r"Processed a total of 1 messages\n", got.err.decode())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("words, expected", [
    (["--offset", "7", "--max-messages", "2"], b"7\n8\n"),
    (["--offset", "earliest", "--max-messages", "1"], b"0\n"),
    (["--from-beginning", "--max-messages", "1"], b"0\n"),
    (["--from-beginning", "--max-messages", "0"], b""),
    (["--from-beginning", "--max-messages", "-7"], b""),
    (["--offset", "EARLIEST", "--max-messages", "1"], b"0\n"),
    (["--timeout-ms", "2000"], b""),
])
def test_one_partition(kind, words, expected, broker, topic):
    create(broker, topic)
    produce("acta", broker, topic, b"".join(b"%d\n" % n for n in range(10)))
    assert consume(kind, broker, topic, "--partition", "0", *words).out == expected


def test_topics_by_a_pattern(broker, topic):
    for suffix in "ab":
        create(broker, f"{topic}-{suffix}")
        produce("acta", broker, f"{topic}-{suffix}", suffix.encode())
    got = call("acta", "console-consumer", *servers(broker), "--include", f"{topic}-.", "--from-beginning",
               "--max-messages", "2")
    assert sorted(got.out.split()) == [b"a", b"b"]


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_not_printed_is_given_back_to_the_group(kind, broker, topic):
    create(broker, topic)
    produce("acta", broker, topic, b"".join(b"%d\n" % n for n in range(100)))
    group = ["--group", f"{topic}-group", "--from-beginning"]
    assert consume(kind, broker, topic, *group, "--max-messages", "3").out == b"0\n1\n2\n"
    assert consume(kind, broker, topic, *group, "--max-messages", "2").out == b"3\n4\n"


def members(broker, group):
    admin = AdminClient({"bootstrap.servers": broker.bootstrap})
    return admin.describe_consumer_groups([group])[group].result(10).members


def wait_for(condition, seconds=20):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come to be"
        time.sleep(0.02)


class Running:
    """A console consumer that goes on, and what it has printed."""

    def __init__(self, broker, topic, *words, tool="console-consumer"):
        self.process = start("acta", tool, *servers(broker), *words, *(["--topic", topic] if topic else []),
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.out = b""
        self.thread = threading.Thread(target=self.read)
        self.thread.start()

    def read(self):
        while chunk := self.process.stdout.read1():
            self.out += chunk

    def end(self, number):
        self.process.send_signal(number)
        code = self.process.wait(20)
        self.thread.join()
        return code, self.process.stderr.read()


@pytest.mark.parametrize("number, code", [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_whoever_is_stopped_leaves_the_group_at_once(number, code, broker, topic):
    create(broker, topic)
    group = f"{topic}-group"
    running = Running(broker, topic, "--group", group, "--from-beginning")
    produce("acta", broker, topic, b"a\n")
    wait_for(lambda: running.out == b"a\n")
    assert len(members(broker, group)) == 1
    began = time.monotonic()
    assert running.end(number) == (code, b"Processed a total of 1 messages\n")
    assert members(broker, group) == [] and time.monotonic() - began < 2
    # And its position is committed.
    produce("acta", broker, topic, b"b\n")
    got = consume("acta", broker, topic, "--group", group, "--from-beginning", "--max-messages", "1")
    assert got.out == b"b\n"


def test_what_comes_is_shown_at_once(broker, topic):
    create(broker, topic)
    running = Running(broker, topic, "--from-beginning")
    producer = Producer({"bootstrap.servers": broker.bootstrap, "linger.ms": 0})
    for n in range(3):
        producer.produce(topic, b"%d" % n)
        producer.flush()
        wait_for(lambda: running.out.endswith(b"%d\n" % n))
    assert running.end(signal.SIGINT)[0] == 130


def test_a_topic_that_comes_later(own_broker, topic):
    broker = own_broker("auto.create.topics.enable=false")
    running = Running(broker, topic, "--from-beginning")
    time.sleep(1)
    create(broker, topic)
    produce("acta", broker, topic, b"a\n")
    wait_for(lambda: running.out == b"a\n")
    assert running.end(signal.SIGINT)[0] == 130


def test_nobody_reads_what_is_printed(broker, topic):
    create(broker, topic)
    produce("acta", broker, topic, b"x" * 99 + b"\n" + (b"x" * 99 + b"\n") * 20_000)
    words = " ".join([*command("acta", "console-consumer"), *servers(broker), "--topic", topic,
                      "--from-beginning", "--group", f"{topic}-group"])
    ended = subprocess.run(["bash", "-c", f"{words} | head -1; exit ${{PIPESTATUS[0]}}"],
                           capture_output=True, env=environment(), timeout=30, check=False)
    assert (ended.returncode, ended.stdout) == (141, b"x" * 99 + b"\n")
    assert ended.stderr.startswith(b"Unable to write to standard out, closing consumer.\nProcessed a total of ")
    assert members(broker, f"{topic}-group") == []


@pytest.mark.parametrize("tool", ["console-consumer --from-beginning --topic", "tail"])
def test_nobody_reads_any_more_and_nothing_comes(tool, broker, topic):
    """Kafka's goes on until it has something to print."""
    create(broker, topic)
    produce("acta", broker, topic, b"a\nb\n")
    name, *words = tool.split()
    words = " ".join([*command("acta", name), *words, topic, *servers(broker)])
    ended = subprocess.run(["bash", "-c", f"{words} | head -1; exit ${{PIPESTATUS[0]}}"],
                           capture_output=True, env=environment(), timeout=20, check=False)
    assert (ended.returncode, ended.stdout) == (141, b"a\n")


def committed(broker, group, topic):
    consumer = Consumer({"bootstrap.servers": broker.bootstrap, "group.id": group})
    [position] = consumer.committed([TopicPartition(topic, 0)], 20)
    consumer.close()
    return position.offset


def consume_into(path, broker, topic, **options):
    """To the end of the topic, as a group; `path` cannot hold all of it."""
    words = [*command("acta", "console-consumer"), *servers(broker), "--topic", topic, "--from-beginning",
             "--group", f"{topic}-group"]
    with open(path, "ab") as file:
        return subprocess.run(words, stdout=file, stderr=subprocess.PIPE, env=environment(), timeout=30,
                              check=False, **options)


def test_records_that_a_full_disk_does_not_take_are_not_committed(broker, topic, tmp_path):
    create(broker, topic)
    produce("acta", broker, topic, b"".join(b"%04d\n" % n for n in range(1_000)))
    ended = consume_into("/dev/full", broker, topic)
    assert (ended.returncode, ended.stderr) == (1, (
        b"Unable to write to standard out, closing consumer.\nProcessed a total of 0 messages\n"
        b"Standard output cannot be written: No space left on device\n"))
    assert committed(broker, f"{topic}-group", topic) == 0

    def two_kibibytes():
        resource.setrlimit(resource.RLIMIT_FSIZE, (2_048, 2_048))
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

    # The first part of a record is no record.
    ended = consume_into(tmp_path / "out", broker, topic, preexec_fn=two_kibibytes)
    assert ended.stderr.endswith(b"total of 409 messages\nStandard output cannot be written: File too large\n")
    assert (tmp_path / "out").read_bytes().splitlines()[408:] == [b"0408", b"040"]
    assert committed(broker, f"{topic}-group", topic) == 409


@pytest.mark.parametrize("closed", ["<&-", ">&-", "<&- >&- 2>&-"])
def test_streams_that_are_closed_stay_closed(closed, broker, topic):
    """No socket and no file of the tool's has their numbers."""
    create(broker, topic)
    words = " ".join([*command("acta", "console-producer"), *servers(broker), "--topic", topic])
    ended = subprocess.run(["bash", "-c", f"{words} {closed}"], input=b"", capture_output=True,
                           env=environment(), timeout=30, check=False)
    assert ended.returncode == (0 if closed == ">&-" else 1)
    assert ended.stderr == (b"Standard input cannot be read: Bad file descriptor\n" if closed == "<&-" else b"")
    words = " ".join([*command("acta", "topics"), *servers(broker), "--list"])
    ended = subprocess.run(["bash", "-c", f"{words} {closed}"], capture_output=True, env=environment(), timeout=30,
                           check=False)
    assert ended.returncode == (1 if ">&-" in closed.split() else 0)
    if closed == ">&-":
        assert ended.stderr == b"Standard output cannot be written: Bad file descriptor\n"


def test_a_record_that_cannot_be_shown(broker, topic):
    create(broker, topic)
    produce("acta", broker, topic, b"\x00\x00\x00\x01\nxy\n\x00\x00\x00\x02\n")
    words = ["--from-beginning", "--value-deserializer",
             "org.apache.kafka.common.serialization.IntegerDeserializer"]
    got = consume("acta", broker, topic, *words)
    assert (got.code, got.out) == (1, b"1\n")
    assert b"Size of data received by IntegerDeserializer is not 4" in got.err
    got = consume("acta", broker, topic, *words, "--skip-message-on-error", "--max-messages", "3")
    assert (got.code, got.out) == (0, b"1\n2\n")


def test_only_what_is_committed(broker, topic):
    create(broker, topic)
    producer = Producer({"bootstrap.servers": broker.bootstrap, "transactional.id": topic})
    producer.init_transactions()
    for value, end in ((b"no", producer.abort_transaction), (b"yes", producer.commit_transaction)):
        producer.begin_transaction()
        producer.produce(topic, value)
        producer.flush()
        end()
    words = ["--from-beginning", "--timeout-ms", "2000"]
    assert consume("acta", broker, topic, *words).out == b"no\nyes\n"
    got = consume("acta", broker, topic, *words, "--isolation-level", "read_committed")
    assert got.out == b"yes\n"
