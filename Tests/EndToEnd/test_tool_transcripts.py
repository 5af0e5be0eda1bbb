"""The command-line tools print what Kafka's print.

Every transcript runs with our tools and our broker. With KAFKA_HOME it also runs with Kafka's tools, and with
Kafka's broker: what is written down is what Kafka prints, apart from the differences that are named.
"""

import re
import subprocess

import pytest
from confluent_kafka import Producer

import tool_scripts_acls
import tool_scripts_configs
import tool_scripts_groups
import tool_scripts_setup
import tool_scripts_small
import tool_scripts_storage
import tool_scripts_topics
import tool_scripts_transactions
from broker import REPOSITORY, binary
from kafka_broker import KafkaBroker
from kafka_tools import ActaTools, KafkaTools, launchers
from tool_differences import WANTED
from tool_transcripts import pattern

TRANSCRIPTS = [
    *tool_scripts_topics.TRANSCRIPTS, *tool_scripts_configs.TRANSCRIPTS,
    *tool_scripts_small.TRANSCRIPTS, *tool_scripts_transactions.TRANSCRIPTS,
    *tool_scripts_storage.TRANSCRIPTS, *tool_scripts_groups.TRANSCRIPTS,
    *tool_scripts_acls.TRANSCRIPTS, *tool_scripts_setup.TRANSCRIPTS,
]


@pytest.fixture(scope="module")
def kafka_tools():
    tools = KafkaTools()
    yield tools
    tools.close()


@pytest.fixture
def kafka(tmp_path):
    broker = KafkaBroker(tmp_path / "kafka").start()
    yield broker
    broker.close()


def produce(broker, records):
    producer = Producer({"bootstrap.servers": broker.bootstrap})
    for topic, values in records.items():
        for value in values:
            producer.produce(topic, value)
    assert producer.flush(30) == 0


def play(transcript, tools, broker, kind, directory):
    """Makes the calls one after the other."""
    values = {"bootstrap": broker.bootstrap, "port": str(broker.port), "dir": str(directory)}
    for call in transcript.calls:
        for name, text in call.files.items():
            (directory / name).write_text(text.replace("{dir}", str(directory)))
        produce(broker, call.records)
        tool, words = call.words(**values)
        printed = tools.call(tool, words)
        difference = next(
            (one for one in WANTED if one.concerns(call.line, tools.name, kind)), None)
        for stream in ("out", "err", "code"):
            expected = getattr(difference, stream, None)
            if expected is None:
                expected = getattr(call, stream)
            got = getattr(printed, stream)
            if stream == "err" and tools.name == "kafka" and expected.startswith("[{date}]"):
                continue  # Where its log goes is the distribution's affair.
            is_right = (got == expected if stream == "code"
                        else re.fullmatch(pattern(expected, **values), got) is not None)
            assert is_right, (
                f"{call.line}\n{stream} of {tools.name}'s tool with {kind}'s broker\n"
                f"expected {expected!r}\ngot      {got!r}\n\n{printed}")


def titled(transcripts):
    return pytest.mark.parametrize("transcript", transcripts, ids=lambda one: one.name)


@titled(TRANSCRIPTS)
def test_our_tools_with_our_broker(transcript, own_broker, tmp_path):
    play(transcript, ActaTools(), own_broker(), "acta", tmp_path)


@titled(TRANSCRIPTS)
def test_kafkas_tools_with_our_broker(transcript, own_broker, kafka_tools, tmp_path):
    play(transcript, kafka_tools, own_broker(), "acta", tmp_path)


@titled(TRANSCRIPTS)
def test_kafkas_tools_with_kafkas_broker(transcript, kafka, kafka_tools, tmp_path):
    play(transcript, kafka_tools, kafka, "kafka", tmp_path)


@titled(TRANSCRIPTS)
def test_our_tools_with_kafkas_broker(transcript, kafka, tmp_path):
    play(transcript, ActaTools(), kafka, "kafka", tmp_path)


def test_each_launcher_has_one_with_the_ending_of_apaches():
    names = launchers()
    plain = [name for name in names if not name.endswith(".sh")]
    assert sorted(names) == sorted([*plain, *(f"{name}.sh" for name in plain)])


def test_a_broken_pipe_is_silent(broker, topic):
    """A listing that nobody reads: the pipe is closed before there is anything to write."""
    ended = subprocess.run(
        ["bash", "-c", '"$0" topics --bootstrap-server "$1" --list | exec true; echo "${PIPESTATUS[0]}"',
         binary(), broker.bootstrap], capture_output=True, text=True, check=True, cwd=REPOSITORY)
    assert ended.stdout == "141\n"
    assert ended.stderr == ""
