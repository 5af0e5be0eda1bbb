"""Applications from PyPI that change configuration: what they do works, and is what they say."""

import asyncio
import json
from dataclasses import asdict, dataclass

from clients import TIMEOUT_SECONDS, create_topic
from kaskade.services import TopicService
from ktables import KafkaTable, KafkaTableWriter


def configs(broker, topic):
    rows = broker.sql(
        f"SELECT name, value FROM config_overrides WHERE entity_type = 'topic' AND entity_name = '{topic}'")
    return {row["name"]: row["value"] for row in rows}


def test_kaskade_edits_a_topic(broker, topic):
    create_topic(broker.bootstrap, topic)
    service = TopicService({"bootstrap.servers": broker.bootstrap})
    service.edit(topic, {"retention.ms": "86400000", "max.message.bytes": "2000"})
    assert service.get_configs(topic)["retention.ms"] == "86400000"
    assert {one.name: one.value for one in service.describe_configs(topic)}["max.message.bytes"] == "2000"
    assert configs(broker, topic) == {"retention.ms": "86400000", "max.message.bytes": "2000"}
    service.add_partitions(topic, 3)
    names = asyncio.run(service.metadata())
    assert len(names[topic].partitions) == 3


@dataclass
class Entry:
    name: str
    size: int

    def model_dump_json(self):
        return json.dumps(asdict(self))

    @classmethod
    def model_validate_json(cls, data):
        return cls(**json.loads(data))


def test_ktables_makes_a_topic_compact_and_keeps_a_table_in_it(broker, topic):
    """Its reconciliation replaces all settings by AlterConfigs, and so has to give back those that it found."""
    create_topic(broker.bootstrap, topic, retention_ms=86_400_000)

    async def write_and_read():
        async with KafkaTableWriter.json(
                connection=broker.bootstrap, topic=topic, model=Entry, ensure_topic=True,
                on_policy_mismatch="reconcile") as writer:
            for number in range(20):
                await writer.set(f"k{number % 5}", Entry("x", number))
            await writer.delete("k0")
        async with KafkaTable.json(connection=broker.bootstrap, topic=topic, model=Entry) as table:
            assert await table.wait_until_caught_up(TIMEOUT_SECONDS)
            return {key: table[key].size for key in table}

    assert asyncio.run(write_and_read()) == {"k1": 16, "k2": 17, "k3": 18, "k4": 19}
    assert configs(broker, topic) == {"cleanup.policy": "compact", "retention.ms": "86400000"}
    [change] = broker.sql(
        "SELECT value_before, value_after, through FROM config_changes "
        f"WHERE name = '{topic}' AND config = 'cleanup.policy'")
    assert change == {"value_before": None, "value_after": "compact", "through": "AlterConfigs"}
