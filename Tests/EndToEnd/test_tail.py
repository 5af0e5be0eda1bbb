"""acta tail prints what kcat prints, to the byte; and completions are for what there is."""

import subprocess

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic

from broker import binary


def tail(broker, topic, *words):
    ended = subprocess.run([binary(), "tail", topic, "-b", broker.bootstrap, *words],
                           capture_output=True, timeout=30, check=False)
    return ended.returncode, ended.stdout, ended.stderr


def kcat(broker, topic, *words):
    return subprocess.run(["kcat", "-b", broker.bootstrap, "-C", "-t", topic, "-q", *words],
                          capture_output=True, timeout=30, check=True).stdout


@pytest.fixture
def filled(broker, topic):
    """Twenty records in one partition, a second apart, among them the difficult ones."""
    admin = AdminClient({"bootstrap.servers": broker.bootstrap})
    admin.create_topics([NewTopic(topic, 1, 1)])[topic].result(10)
    producer = Producer({"bootstrap.servers": broker.bootstrap})
    start = 1_767_225_600_000
    for n in range(16):
        producer.produce(topic, b"v%d" % n, key=b"k%d" % n, timestamp=start + n * 1_000)
    difficult = [
        {"value": None, "key": b"gone"}, {"value": b"", "key": b""},
        {"value": b"\"q\"/\\\x00\x01\x1f\x7f\b\f\n\r\t \xc3\xa9\xff", "key": None,
         "headers": [("a", b"1"), ("a", None), ("b", b"")]},
        {"value": "größer".encode(), "headers": [("h", "größer".encode())]},
    ]
    for n, one in enumerate(difficult):
        producer.produce(topic, timestamp=start + (16 + n) * 1_000, **one)
    assert producer.flush(10) == 0
    return topic


FORMATS = [["-J"], ["-f", r"%t %p %o %k %s %h %T %K %S %R|\n"], ["-f", r"a%%b\t\x41\x0a"], [],
           ["-Z", "-f", r"%k=%s\n"]]
STARTS = ["beginning", "0", "7", "-3", "-100", "s@1767225610000", "s@1767225610001", "s@0"]


@pytest.mark.parametrize("words", FORMATS, ids=lambda words: " ".join(words) or "plain")
def test_formats_are_those_of_kcat(words, broker, filled):
    expected = kcat(broker, filled, "-o", "beginning", "-e", *words)
    assert tail(broker, filled, "-o", "beginning", "-e", *words) == (0, expected, b"")


@pytest.mark.parametrize("start", STARTS)
def test_places_are_those_of_kcat(start, broker, filled):
    words = ["-o", start, "-e", "-f", r"%o\n"]
    expected = kcat(broker, filled, *words)
    assert expected and tail(broker, filled, *words) == (0, expected, b"")


def test_a_number_of_records(broker, filled):
    words = ["-o", "beginning", "-c", "3", "-f", r"%o\n"]
    assert tail(broker, filled, *words) == (0, kcat(broker, filled, *words), b"")


def test_the_last_ones_are_the_default_and_the_end_is_empty(broker, filled):
    assert tail(broker, filled, "-e", "-f", r"%o ") == (
        0, b"".join(b"%d " % n for n in range(10, 20)), b"")
    assert tail(broker, filled, "-e", "-o", "end") == (0, b"", b"")
    assert tail(broker, filled, "-e", "-c", "1", "-f", r"%D\n") == (
        0, b"2026-01-01T00:00:10.000Z\n", b"")


def test_what_is_behind_a_transaction_is_an_end_too(broker, topic):
    producer = Producer({"bootstrap.servers": broker.bootstrap, "transactional.id": topic})
    producer.init_transactions()
    producer.begin_transaction()
    producer.produce(topic, b"a")
    producer.commit_transaction()
    assert tail(broker, topic, "-e", "-o", "beginning") == (0, b"a\n", b"")


def test_partitions(broker, topic):
    admin = AdminClient({"bootstrap.servers": broker.bootstrap})
    admin.create_topics([NewTopic(topic, 3, 1)])[topic].result(10)
    producer = Producer({"bootstrap.servers": broker.bootstrap})
    for n in range(3):
        producer.produce(topic, b"%d" % n, partition=n)
    producer.flush(10)
    assert sorted(tail(broker, topic, "-e")[1].split()) == [b"0", b"1", b"2"]
    assert tail(broker, topic, "-e", "-p", "1")[1] == b"1\n"
    assert tail(broker, topic, "-e", "-p", "7") == (
        1, b"", f"Topic {topic} has no partition 7.\n".encode())


def test_what_is_wrong_is_said(broker, topic):
    code, out, err = tail(broker, f"{topic}-nosuch", "-e")
    assert (code, out) == (1, b"") and err
    code, out, err = tail(broker, topic, "-o", "yesterday")
    assert (code, out) == (64, b"") and b"--offset takes beginning, end, -N, N or s@T" in err
    code, out, err = tail(broker, topic, "-J", "-f", "%s")
    assert (code, out) == (64, b"")


# Completions.


def complete(line):
    """What bash offers behind a line, the cursor at its end."""
    script = r"""
      source <("$1" completions bash)
      read -ra COMP_WORDS <<< "$2"
      [[ $2 == *' ' ]] && COMP_WORDS+=("")
      COMP_CWORD=$(( ${#COMP_WORDS[@]} - 1 ))
      function=$(complete -p "${COMP_WORDS[0]}" | sed 's/.*-F \([^ ]*\).*/\1/')
      "$function" "${COMP_WORDS[0]}"
      printf '%s\n' "${COMPREPLY[@]}"
    """
    ended = subprocess.run(["bash", "-c", script, "bash", binary(), line], capture_output=True,
                           text=True, check=True, timeout=20)
    assert ended.stderr == ""
    return ended.stdout.split()


def test_bash_completes_commands_options_and_values():
    assert "topics" in complete("acta ") and "serve" in complete("acta ")
    assert complete("acta console-p") == ["console-producer"]
    assert complete("acta topics --under-") == [
        "--under-replicated-partitions", "--under-min-isr-partitions"]
    assert complete("kafka-topics.sh --exclude") == ["--exclude-internal"]
    assert complete("acta topics --output ") == ["text", "json"]
    assert complete("acta producer-perf-test --key-distribution r") == ["range", "random"]
    assert complete("acta topics --topic ") == []
    assert complete("acta serve --log-f") == ["--log-format"]


def test_bash_completes_names_of_files(tmp_path):
    (tmp_path / "client.properties").touch()
    assert complete(f"acta console-producer --command-config {tmp_path}/cl") == [
        f"{tmp_path}/client.properties"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_understands_its_completions(shell):
    import shutil
    script = subprocess.run([binary(), "completions", shell], capture_output=True, check=True).stdout
    assert b"--from-beginning" in script or b"-l from-beginning" in script
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    checked = subprocess.run([shell, "-n"], input=script, capture_output=True, check=False)
    assert (checked.returncode, checked.stderr) == (0, b"")


def test_a_shell_that_is_not_known():
    ended = subprocess.run([binary(), "completions", "tcsh"], capture_output=True, check=False)
    assert (ended.returncode, ended.stdout) == (64, b"")
    assert b"bash, zsh and fish" in ended.stderr


def test_tools_start_fast():
    """Processor time, since others use the machine too."""
    import resource
    for words in (["--help"], ["console-producer", "--help"], ["tail", "--help"]):
        best = min(processor(words, resource) for _ in range(5))
        assert best < 0.02, f"{words}: {best * 1000:.1f} ms"


def processor(words, resource):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([binary(), *words], capture_output=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
