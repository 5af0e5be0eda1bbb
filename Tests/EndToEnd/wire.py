"""Hand-made Kafka frames, to say what no client library would say.

Only what the error tests need: a request header, a Produce of one batch, and a reader of answers.
"""

import socket
import struct

PRODUCE, FETCH, METADATA, API_VERSIONS = 0, 1, 3, 18


def crc32c(data):
    """CRC-32C (Castagnoli), bit by bit; slow, and independent of the broker's."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def varint(value):
    value = (value << 1) ^ (value >> 63)
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(out + bytes([value]))


def record(delta, key, value):
    body = b"\0" + varint(0) + varint(delta)
    for part in (key, value):
        body += varint(-1) if part is None else varint(len(part)) + part
    body += varint(0)
    return varint(len(body)) + body


def batch(values, magic=2, attributes=0, count=None, timestamp=1_700_000_000_000,
          producer=(-1, -1, -1), base_offset=0):
    """One record batch with a right CRC, whatever else is wrong with it."""
    records = b"".join(record(n, None, value) for n, value in enumerate(values))
    checked = struct.pack(
        ">hiqqqhii", attributes, len(values) - 1, timestamp, timestamp, *producer,
        len(values) if count is None else count) + records
    length = 4 + 1 + 4 + len(checked)
    return struct.pack(">qiibI", base_offset, length, -1, magic, crc32c(checked)) + checked


def string(text):
    return struct.pack(">h", len(text)) + text.encode()


def request(api, version, body, correlation=7):
    frame = struct.pack(">hhi", api, version, correlation) + string("by-hand") + body
    return struct.pack(">i", len(frame)) + frame


def produce_request(topic, records, partition=0, acks=-1, version=3, correlation=7):
    body = struct.pack(">hhii", -1, acks, 5000, 1) + string(topic) + struct.pack(">i", 1)
    body += struct.pack(">ii", partition, len(records)) + records
    return request(PRODUCE, version, body, correlation)


def fetch_request(topic, offset, max_wait=0, min_bytes=1, max_bytes=1 << 20,
                  partition_bytes=1 << 20):
    body = struct.pack(">iiiibi", -1, max_wait, min_bytes, max_bytes, 0, 1) + string(topic)
    body += struct.pack(">iiqi", 1, 0, offset, partition_bytes)
    return request(FETCH, 4, body)


class Connection:
    """A socket that speaks in frames."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=5)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def receive(self):
        """The next answer's bytes after the size, or `None` when the peer has closed."""
        head = self._exactly(4)
        return None if head is None else self._exactly(struct.unpack(">i", head)[0])

    def _exactly(self, count):
        data = b""
        while len(data) < count:
            try:
                more = self.socket.recv(count - len(data))
            except ConnectionResetError:
                return None
            if not more:
                return None
            data += more
        return data

    def is_closed_by_peer(self):
        """Waits until the peer closes; a timeout means that it did not."""
        try:
            return self.receive() is None
        except TimeoutError:
            return False

    def produce(self, topic, records, **settings):
        """(error code, base offset) of a Produce v3 with one partition."""
        self.send(produce_request(topic, records, **settings))
        answer = self.receive()
        assert answer is not None, "the broker closed the connection instead of answering"
        name = 4 + 4 + 2
        [length] = struct.unpack_from(">h", answer, name - 2)
        return struct.unpack_from(">hq", answer, name + length + 4 + 4)

    def fetch(self, topic, offset, **limits):
        """(error code, records) of a Fetch v4 of partition 0."""
        self.send(fetch_request(topic, offset, **limits))
        answer = self.receive()
        assert answer is not None, "the broker closed the connection instead of answering"
        at = 4 + 4 + 4 + 2 + len(topic) + 4
        _, error, _, _, aborted = struct.unpack_from(">ihqqi", answer, at)
        at += 26 + 16 * max(aborted, 0)
        [length] = struct.unpack_from(">i", answer, at)
        return error, answer[at + 4:at + 4 + max(length, 0)]

    def api_versions(self, version=0, body=b""):
        self.send(request(API_VERSIONS, version, body))
        return self.receive()
