"""Brokers for the tests: one shared by all that touch only their own topics, and own ones."""

import itertools
import re

import pytest

from broker import Broker

counter = itertools.count(1)


def pytest_addoption(parser):
    parser.addoption("--long", action="store_true", help="load for minutes in place of seconds")


@pytest.fixture
def is_long(request):
    return request.config.getoption("--long")


@pytest.fixture(scope="session")
def shared_broker(tmp_path_factory):
    broker = Broker(tmp_path_factory.mktemp("shared")).start()
    yield broker
    code = broker.stop() if broker.is_running() else None
    broker.close()
    assert code == 0, f"the shared broker did not stop cleanly: {code}\n{broker.log()}"


@pytest.fixture
def broker(shared_broker):
    """The shared broker. A test that kills it, knowingly or not, fails where it happened."""
    assert shared_broker.is_running(), "the shared broker died in an earlier test"
    yield shared_broker
    assert shared_broker.is_running(), f"the shared broker died\n{shared_broker.log()}"


@pytest.fixture
def own_broker(tmp_path):
    """Makes brokers for this test alone: `own_broker("name=value", …)` starts one."""
    made = []

    def make(*overrides, directory=None, start=True):
        broker = Broker(directory or tmp_path / f"broker-{len(made)}", overrides)
        made.append(broker)
        return broker.start() if start else broker

    yield make
    for broker in made:
        broker.close()


@pytest.fixture
def topic(request):
    """A topic name that no other test uses."""
    name = re.sub(r"[^A-Za-z0-9-]+", "-", request.node.name).strip("-")
    return f"{name[:60].strip('-')}-{next(counter)}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if report.failed:
        for broker in Broker.running:
            report.sections.append((f"acta on port {broker.port}", broker.log()))
    return report


def pytest_sessionfinish():
    """No process outlives the run, not even where a fixture failed half-way."""
    for broker in list(Broker.running):
        broker.close()
