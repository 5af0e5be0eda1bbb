"""The same requests to two brokers, and where their answers are not the same.

A script is a function that asks one broker; it runs against each of the two, and what it recorded is
compared field by field. Names that a broker draws itself (topic ids, member ids, its cluster's id, its
port) are replaced by what they stand for.
"""

import re
import struct
import time
import uuid

import wire

NOBODY = uuid.UUID(int=0)
#: How long a broker that was just started may take to know its groups' coordinator.
PATIENCE_SECONDS = 60
#: Lists whose order says nothing, and what their elements are told apart by.
UNORDERED = {
    "Topics": ["Name", "Topic", "TopicId", "TopicName"], "Responses": ["Topic", "TopicId", "Name"],
    "Partitions": ["PartitionIndex", "Partition"], "Groups": ["GroupId"],
    "Results": ["GroupId", "Name", "ResourceType", "ResourceName", "LogDir", "User", "TopicName"],
    "Entries": ["Entity"], "Values": ["Key"], "TransactionStates": ["TransactionalId"],
    "Markers": ["ProducerId"], "ResultsByTransaction": ["TransactionalId"],
    "ResultsByTopicV3AndBelow": ["Name"], "TopicResults": ["Name"],
    "ResultsByPartition": ["PartitionIndex"], "PartitionResponses": ["Index"],
}
#: Lists of which one broker has more than the other, compared by what their elements are named.
KEYED = {"Configs": "Name", "ApiKeys": "ApiKey", "SupportedFeatures": "Name",
         "FinalizedFeatures": "Name"}
CLOSED = "the connection is closed"


class Record:
    """What was answered to one request of a script."""

    def __init__(self, title, name, version, answer):
        self.title, self.name, self.version, self.answer = title, name, version, answer


class Peer:
    """One of the two brokers, as a script sees it: asks, and remembers answers under titles."""

    def __init__(self, definitions, port):
        self.definitions, self.port = definitions, port
        self.connections, self.records = [], []
        self.words = {}
        served = self.do("ApiVersions", version=0)["ApiKeys"]
        self.served = {one["ApiKey"]: range(one["MinVersion"], one["MaxVersion"] + 1)
                       for one in served}

    def versions(self, name):
        return self.served.get(self.definitions.api(name).key, range(0))

    def ask(self, title, name, version, values=None, client=0):
        """Asks, records the answer with its names replaced, and returns it as it came."""
        answer = self.do(name, values, version, client)
        self.record(title, name, version, answer)
        return answer

    def record(self, title, name, version, answer):
        self.records.append(Record(title, name, version, self.translated(answer)))

    def do(self, name, values=None, version=None, client=0):
        """Asks without recording; `CLOSED` stands for an end of the connection."""
        self.send(name, values, version, client)
        return self.receive(name, version, client)

    def send(self, name, values=None, version=None, client=0):
        api = self.definitions.api(name)
        version = max(self.versions(name)) if version is None else version
        self.connection(client).send(api.encode(version, values or {}))

    def receive(self, name, version=None, client=0):
        version = max(self.versions(name)) if version is None else version
        answer = self.connection(client).receive()
        if answer is None:
            self.hang_up(client)
            return CLOSED
        return self.definitions.api(name).decode(version, answer)

    def connection(self, client):
        while len(self.connections) <= client:
            self.connections.append(None)
        if self.connections[client] is None:
            self.connections[client] = wire.Connection(self.port)
            self.connections[client].socket.settimeout(20)
        return self.connections[client]

    def hang_up(self, client=None):
        for number in range(len(self.connections)) if client is None else [client]:
            if self.connections[number] is not None:
                self.connections[number].socket.close()
            self.connections[number] = None

    def call(self, value, word):
        """What stands for a value that this broker has drawn, from now on."""
        self.words[value] = word
        return value

    def topic(self, name, partitions=1, **configs):
        """Makes a topic, waits until it can be used, and returns its id."""
        self.do("CreateTopics", {"timeoutMs": 10_000, "Topics": [{
            "Name": name, "NumPartitions": partitions, "ReplicationFactor": 1,
            "Configs": [{"Name": key.replace("_", "."), "Value": str(value)}
                        for key, value in configs.items()]}]})
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            [topic] = self.do("Metadata", {"Topics": [{"Name": name}]}, 12)["Topics"]
            if topic["ErrorCode"] == 0 and self.leads(name, partitions):
                return self.call(topic["TopicId"], f"the id of {name}")
            assert time.monotonic() < deadline, topic
            time.sleep(0.02)

    def leads(self, name, partitions):
        """Kafka answers for a topic's partitions one after the other, a little after Metadata."""
        [topic] = self.do("ListOffsets", {"ReplicaId": -1, "Topics": [{"Name": name, "Partitions": [
            {"PartitionIndex": index, "Timestamp": -1} for index in range(partitions)]}]})["Topics"]
        return all(partition["ErrorCode"] == 0 for partition in topic["Partitions"])

    def produce(self, name, *batches, partition=0, **settings):
        """Each batch in a request of its own; the last answer's partition."""
        topic = self.do("Metadata", {"Topics": [{"Name": name}]}, 12)["Topics"][0]["TopicId"]
        for data in batches:
            answer = self.do("Produce", {
                "Acks": -1, "TimeoutMs": 5000, **settings, "TopicData": [{
                    "TopicId": topic, "PartitionData": [{"Index": partition, "Records": data}]}]})
        return answer["Responses"][0]["PartitionResponses"][0]

    def warm_up(self):
        """Kafka makes the topic of its groups when the first one is asked for."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            self.do("FindCoordinator", {"KeyType": 0, "CoordinatorKeys": ["warm-up"]})
            offsets = self.do("OffsetFetch", {"Groups": [{"GroupId": "warm-up", "Topics": None}]}, 9)
            producer = self.do("InitProducerId", {"TransactionalId": None})
            transaction = self.do("FindCoordinator", {"KeyType": 1, "CoordinatorKeys": ["warm-up"]})
            if (offsets["Groups"][0]["ErrorCode"] == 0 == producer["ErrorCode"]
                    == transaction["Coordinators"][0]["ErrorCode"]):
                return
            assert time.monotonic() < deadline, (offsets, producer)
            time.sleep(0.2)

    def translated(self, value, name=""):
        if isinstance(value, dict):
            return {key: self.translated(item, key) for key, item in value.items()}
        if isinstance(value, list):
            return self.listed([self.translated(item, name) for item in value], name)
        if name == "Port" and value == self.port:
            return "the broker's port"
        if name == "ClusterId" and value:
            return "the cluster's id"
        if name == "Records" and value:
            return without_epochs(value)
        if name in ("TotalBytes", "UsableBytes") and value > 0:
            return "bytes of the disk"
        if name == "LogAppendTimeMs" and value > time.time() * 1000 - 600_000:
            return "now"
        if isinstance(value, uuid.UUID):
            return "" if value == NOBODY else self.words.get(value, "an id that is drawn")
        if isinstance(value, str):
            return self.in_words(value)
        return self.words.get((name, value), value)

    @staticmethod
    def listed(values, name):
        """In an order of its own where Kafka's is that of a hash; configurations by their names."""
        if name in UNORDERED and all(isinstance(item, dict) for item in values):
            values.sort(key=lambda item: str([item.get(key) for key in UNORDERED[name]]))
        if name in UNORDERED and all(isinstance(item, int) for item in values):
            values.sort()
        for names, key in KEYED.items():
            if name == names and all(isinstance(item, dict) and key in item for item in values):
                return {item[key]: item for item in values}
        return values

    def in_words(self, text):
        for value, word in self.words.items():
            if isinstance(value, str) and value in text:
                text = text.replace(value, f"<{word}>")
        return re.sub(r"within \[-?\d+, \d+\]", "within [some time, some time]", text)


def without_epochs(data):
    """Batches without the leader epoch of their headers, which no checksum covers."""
    data, at = bytearray(data), 0
    while at + 16 <= len(data):
        data[at + 12:at + 16] = bytes(4)
        at += 12 + struct.unpack_from(">i", data, at + 8)[0]
    return bytes(data)


def differences(kafka, acta, path=""):
    """(path, Kafka's value, Acta's value) for every field that is not the same."""
    if isinstance(kafka, dict) and isinstance(acta, dict):
        for key in {**kafka, **acta}:
            inner = f"{path}.{key}" if path else key
            yield from differences(kafka.get(key), acta.get(key), inner)
    elif isinstance(kafka, list) and isinstance(acta, list) and len(kafka) == len(acta):
        for index, (one, other) in enumerate(zip(kafka, acta)):
            yield from differences(one, other, f"{path}[{index}]")
    elif kafka != acta or type(kafka) is not type(acta):
        yield path, kafka, acta


def without_indices(path):
    return re.sub(r"\[\d+\]", "", path)
