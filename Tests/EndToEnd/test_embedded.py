"""The suite's core against a node that a program embeds, in memory and with sockets.

The tests are those that the command's broker passes too; only the broker is another.
"""

import pytest

from broker import BrokerFailed, EmbeddedBroker

# pylint: disable=unused-import
from test_fetch import (  # noqa: F401
    test_a_consumer_that_follows_a_producer_misses_nothing,
    test_a_waiting_aiokafka_consumer_gets_a_record_at_once,
    test_a_waiting_confluent_consumer_gets_a_record_at_once,
    test_a_waiting_kafka_python_consumer_gets_a_record_at_once,
    test_small_fetches_walk_the_whole_log,
)
from test_groups_positions import TestBeginning as Positions, filled  # noqa: F401
from test_metadata import (  # noqa: F401
    test_confluent_creates_a_topic,
    test_kcat_lists_the_broker_at_its_advertised_address_and_a_topic_with_its_partitions,
    test_producing_to_an_unknown_topic_creates_it,
)
from test_offsets import (  # noqa: F401
    test_an_empty_partition_has_both_ends_at_zero_and_no_maximum,
)
from test_producers import (  # noqa: F401
    test_acks,
    test_an_idempotent_producer,
    test_pipelined_requests_are_answered_in_their_order,
)
from test_records import (  # noqa: F401
    test_a_given_create_time_comes_back,
    test_a_record_above_max_message_bytes_is_refused,
    test_a_record_of_900_kilobytes_passes,
    test_headers_keep_order_duplicates_and_bytes,
    test_null_and_empty_keys_and_values_stay_apart,
)


class TestGroups:
    """Those that look into no file."""

    test_earliest_reads_what_was_there = Positions.test_earliest_reads_what_was_there
    test_latest_reads_only_what_comes = Positions.test_latest_reads_only_what_comes
    test_none_is_an_error_where_there_is_no_position = (
        Positions.test_none_is_an_error_where_there_is_no_position)
    test_a_group_goes_on_where_it_was = Positions.test_a_group_goes_on_where_it_was
    test_two_groups_do_not_know_of_each_other = Positions.test_two_groups_do_not_know_of_each_other


@pytest.fixture(scope="module")
def embedded(tmp_path_factory):
    broker = EmbeddedBroker(tmp_path_factory.mktemp("embedded")).start()
    yield broker
    code = broker.stop() if broker.is_running() else None
    broker.close()
    assert code == 0, f"the node did not stop cleanly: {code}\n{broker.log()}"


@pytest.fixture
def broker(embedded):
    assert embedded.is_running(), "the node died in an earlier test"
    yield embedded
    assert embedded.is_running(), f"the node died\n{embedded.log()}"


def test_a_node_that_is_told_to_stop_answers_who_waits_and_ends(tmp_path):
    broker = EmbeddedBroker(tmp_path).start()
    assert broker.bound_port() == broker.port
    assert broker.stop() == 0
    assert broker.printed_since(0).splitlines()[-1] == "Stopped"


def test_a_node_that_may_choose_its_port_says_which(tmp_path):
    broker = EmbeddedBroker(tmp_path, port=0).start()
    assert broker.bound_port() != 0
    assert broker.stop() == 0


def test_a_setting_that_is_refused_is_told(tmp_path):
    broker = EmbeddedBroker(tmp_path, ["num.partitions=many"])
    with pytest.raises(BrokerFailed, match="num.partitions"):
        broker.start()
