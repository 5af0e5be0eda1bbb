"""README's Swift: the program it is cut from does what the page says, and the page says what is in the program."""

import pathlib
import re
import sqlite3
import subprocess
import time
from random import Random

import confluent_kafka
import pytest

from broker import REPOSITORY, program

SOURCE = REPOSITORY / "Tests/CourseProgram/CourseProgram.swift"
PRINTED = "partition 0, offset 1\n0 0 alice created\n0 1 alice paid\n0 2 bob created\n"


def course(*arguments):
    done = subprocess.run(
        [program("CourseProgram"), *map(str, arguments)], stdin=subprocess.DEVNULL,
        capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_over_tcp(own_broker):
    broker = own_broker()
    assert course("tcp", broker.bootstrap) == PRINTED
    consumer = confluent_kafka.Consumer({
        "bootstrap.servers": broker.bootstrap, "group.id": "another",
        "auto.offset.reset": "earliest"})
    consumer.subscribe(["orders"])
    found = [message.value() for message in consumer.consume(3, 20)]
    consumer.close()
    assert found == [b"created", b"paid", b"created"]
    assert broker.sql(
        "SELECT \"group\", committed_offset FROM consumer_lag WHERE \"group\" = 'billing'"
    ) == [{"group": "billing", "committed_offset": 3}]


def test_in_a_file(tmp_path):
    path = tmp_path / "orders.db"
    assert course("file", path) == PRINTED
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
        assert database.execute("SELECT key, value FROM messages ORDER BY offset").fetchall() == [
            ("alice", "created"), ("alice", "paid"), ("bob", "created")]


def test_in_memory():
    assert course("memory") == PRINTED


def test_rows_and_records_in_one_transaction(tmp_path):
    path = tmp_path / "orders.db"
    assert course("transaction", path) == "70 left, payment at offset 0\n"
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
        assert database.execute("SELECT * FROM accounts").fetchall() == [("alice", 70)]
        assert database.execute("SELECT key, value FROM topic_payments").fetchall() == [
            ("alice", "30")]


def test_rows_records_and_positions_agree_whenever_the_program_is_killed(tmp_path):
    path = tmp_path / "counts.db"
    random = Random(20261130)
    told = 0
    for kill in range(20):
        printed = tmp_path / f"printed-{kill}"
        with printed.open("wb") as output, subprocess.Popen(
                [program("CourseProgram"), "count", path], stdin=subprocess.DEVNULL,
                stdout=output, stderr=subprocess.STDOUT) as counting:
            # At work first, and then at any moment.
            deadline = time.monotonic() + 30
            while printed.stat().st_size < 50:
                assert counting.poll() is None, printed.read_text()
                assert time.monotonic() < deadline, printed.read_text()
                time.sleep(0.005)
            time.sleep(random.uniform(0, 0.1))
            counting.kill()
        # The last line may have been cut.
        told = max(told, int(printed.read_text().rsplit("\n", 1)[0].splitlines()[-1]))
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
            (count,) = database.execute("SELECT value FROM counter").fetchone()
            assert count >= told
            assert database.execute(
                'SELECT value FROM topic_counts ORDER BY "offset"').fetchall() == [
                    (str(number + 1),) for number in range(count)]
            assert database.execute(
                "SELECT committed_offset FROM consumer_lag WHERE \"group\" = 'counters'"
            ).fetchall() == [(count,)]
    assert told > 200


def blocks():
    page = (REPOSITORY / "README.md").read_text()
    section = page.split("### In Swift", 1)[1].split("\n## ", 1)[0].split("\n### ", 1)[0]
    return re.findall(r"```swift\n(.*?)```", section, re.DOTALL)


@pytest.mark.parametrize("block", blocks())
def test_the_page_shows_the_program(block):
    assert block in SOURCE.read_text()


OUTSIDE = {
    "Package.swift": """// swift-tools-version: 6.2
import PackageDescription
let package = Package(
  name: "outside",
  dependencies: [.package(name: "acta", path: "REPOSITORY")],
  targets: [.executableTarget(
    name: "outside",
    dependencies: [
      .product(name: "ActaClient", package: "acta"),
      .product(name: "ActaEmbedded", package: "acta"),
    ])])
""",
    "Sources/outside/main.swift": """import ActaClient
import ActaEmbedded
let acta = try Acta(.memory)
let producer = try acta.producer(key: StringSerializer(), value: StringSerializer())
print(try await producer.send(ProducerRecord(topic: "orders", key: "alice", value: "paid")))
""",
}


def test_a_package_outside_of_this_one(request, tmp_path):
    if not request.config.getoption("--long"):
        pytest.skip("it builds everything once more: with --long")
    for name, text in OUTSIDE.items():
        path = pathlib.Path(tmp_path, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace("REPOSITORY", str(REPOSITORY)))
    done = subprocess.run(
        ["swift", "run", "--package-path", str(tmp_path), "outside"], stdin=subprocess.DEVNULL,
        capture_output=True, text=True, check=False, timeout=1_200)
    assert done.returncode == 0, done.stderr
    assert "offset: Optional(0)" in done.stdout
