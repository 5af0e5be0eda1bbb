"""The group APIs by hand, in every version, for what no client library would say.

Written from the protocol's tables and apart from the broker's code. A message is described in one
string: `name:type`, `?` for what may be null, `@5` for fields since version 5, `@2-4` for those of
versions 2 to 4, `[…]` for arrays of structs, `{…}` for a struct.
"""

import re
import struct
import uuid

import wire

BOUNDS = r"(\??)(?:@(\d+)(?:-(\d+))?)?"
TOKEN = re.compile(rf"(\w+):(\[\]?|\{{|)(\w*){BOUNDS}|([\]}}]){BOUNDS}")
FIXED = {"bool": ">?", "int8": ">b", "int16": ">h", "int32": ">i", "int64": ">q"}
EVERY = 1 << 15


class Field:
    def __init__(self, name, kind, is_array=False, fields=None):
        self.name, self.kind, self.is_array, self.fields = name, kind, is_array, fields
        self.nullable, self.since, self.until = False, 0, EVERY

    def bound(self, nullable, since, until):
        self.nullable = bool(nullable)
        self.since = int(since or 0)
        self.until = int(until or EVERY)
        return self

    def empty(self):
        if self.nullable:
            return None
        if self.is_array:
            return []
        if self.kind in FIXED:
            return 0
        return {"string": "", "bytes": b"", "uuid": uuid.UUID(int=0), "struct": {}}[self.kind]


def parse(text):
    """The fields of a description."""
    stack, top = [], []
    for found in TOKEN.finditer(text):
        name, opening, kind, nullable, since, until, closing, *bounds = found.groups()
        if closing:
            fields, top = top, stack.pop()
            top[-1].fields = fields
            top[-1].bound(*bounds)
        elif opening in ("[", "{"):
            top.append(Field(name, "struct", is_array=opening == "["))
            stack.append(top)
            top = []
            assert not kind, f"write a space after {name}:{opening}"
        else:
            field = Field(name, kind, is_array=opening == "[]")
            top.append(field.bound(nullable, since, until))
    assert not stack, text
    return top


def uvarint(value):
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(out + bytes([value]))


class Writer:
    def __init__(self, version, flexible):
        self.version, self.flexible, self.data = version, flexible, bytearray()

    def length(self, count, short):
        if self.flexible:
            self.data += uvarint(0 if count is None else count + 1)
        else:
            self.data += struct.pack(">h" if short else ">i", -1 if count is None else count)

    def struct(self, fields, values):
        unknown = set(values) - {field.name for field in fields}
        assert not unknown, f"no such field: {unknown}"
        for field in fields:
            if field.since <= self.version <= field.until:
                self.field(field, values.get(field.name, field.empty()))
        if self.flexible:
            self.data += b"\0"

    def field(self, field, value):
        if not field.is_array:
            return self.one(field, value)
        self.length(None if value is None else len(value), short=False)
        for item in value or ():
            self.one(field, item)

    def one(self, field, value):
        if field.kind in FIXED:
            self.data += struct.pack(FIXED[field.kind], value)
        elif field.kind == "uuid":
            self.data += value.bytes
        elif field.kind == "struct":
            if field.nullable and not field.is_array:
                self.data += struct.pack(">b", -1 if value is None else 1)
            if value is not None:
                self.struct(field.fields, value)
        else:
            data = value.encode() if isinstance(value, str) else value
            self.length(None if data is None else len(data), short=field.kind == "string")
            self.data += data or b""


class Reader:
    def __init__(self, data, version, flexible):
        self.data, self.at, self.version, self.flexible = data, 0, version, flexible

    def take(self, count):
        part = self.data[self.at:self.at + count]
        assert len(part) == count, f"the answer ends at {len(self.data)}, in the middle of a field"
        self.at += count
        return part

    def number(self, format_):
        return struct.unpack(format_, self.take(struct.calcsize(format_)))[0]

    def uvarint(self):
        value = shift = 0
        while True:
            [byte] = self.take(1)
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    def tags(self):
        for _ in range(self.uvarint()):
            self.uvarint()
            self.take(self.uvarint())

    def length(self, short):
        count = self.uvarint() - 1 if self.flexible else self.number(">h" if short else ">i")
        return None if count < 0 else count

    def struct(self, fields):
        values = {
            field.name: self.field(field) for field in fields
            if field.since <= self.version <= field.until}
        if self.flexible:
            self.tags()
        return values

    def field(self, field):
        if not field.is_array:
            return self.one(field)
        count = self.length(short=False)
        return None if count is None else [self.one(field) for _ in range(count)]

    def one(self, field):
        if field.kind in FIXED:
            return self.number(FIXED[field.kind])
        if field.kind == "uuid":
            return uuid.UUID(bytes=self.take(16))
        if field.kind == "struct":
            if field.nullable and not field.is_array and self.number(">b") < 0:
                return None
            return self.struct(field.fields)
        count = self.length(short=field.kind == "string")
        if count is None:
            assert field.nullable, f"{field.name} may not be null"
            return None
        data = self.take(count)
        return data.decode() if field.kind == "string" else data


class Connection(wire.Connection):
    """A connection that asks the group APIs."""

    def __init__(self, port, timeout=30):
        super().__init__(port)
        self.socket.settimeout(timeout)

    def ask(self, api, version=None, **values):
        """The answer as a dictionary; in the newest version unless told otherwise."""
        version = api.versions[-1] if version is None else version
        self.send(api.encode(version, values))
        return self.answer(api, version)

    def answer(self, api, version=None):
        data = self.receive()
        assert data is not None, "the broker closed the connection instead of answering"
        return api.decode(api.versions[-1] if version is None else version, data)


class Api:
    """One API: its key, its versions, from where on it is flexible, and its two messages."""

    def __init__(self, key, versions, flexible, request, response):
        self.key, self.versions, self.flexible = key, versions, flexible
        self.request, self.response = parse(request), parse(response)

    def encode(self, version, values, correlation=7):
        is_flexible = version >= self.flexible
        writer = Writer(version, is_flexible)
        if is_flexible:
            writer.data += b"\0"  # the header's tags
        writer.struct(self.request, values)
        return wire.request(self.key, version, bytes(writer.data), correlation)

    def decode(self, version, answer):
        reader = Reader(answer, version, version >= self.flexible)
        reader.take(4)
        if reader.flexible:
            reader.tags()
        values = reader.struct(self.response)
        assert reader.at == len(answer), f"{len(answer) - reader.at} bytes after the answer's end"
        return values


PARTITIONS_BY_ID = "topic_partitions:[ topic_id:uuid partitions:[]int32 ]"
PARTITIONS_BY_NAME = (
    "topic_partitions:[ topic_id:uuid topic_name:string partitions:[]int32 ]")

JOIN = Api(
    11, range(0, 10), 6,
    "group_id:string session_timeout_ms:int32 rebalance_timeout_ms:int32@1 member_id:string"
    " group_instance_id:string?@5 protocol_type:string protocols:[ name:string metadata:bytes ]"
    " reason:string?@8",
    "throttle_time_ms:int32@2 error_code:int16 generation_id:int32 protocol_type:string?@7"
    " protocol_name:string? leader:string skip_assignment:bool@9 member_id:string"
    " members:[ member_id:string group_instance_id:string?@5 metadata:bytes ]")
SYNC = Api(
    14, range(0, 6), 4,
    "group_id:string generation_id:int32 member_id:string group_instance_id:string?@3"
    " protocol_type:string?@5 protocol_name:string?@5"
    " assignments:[ member_id:string assignment:bytes ]",
    "throttle_time_ms:int32@1 error_code:int16 protocol_type:string?@5 protocol_name:string?@5"
    " assignment:bytes")
HEARTBEAT = Api(
    12, range(0, 5), 4,
    "group_id:string generation_id:int32 member_id:string group_instance_id:string?@3",
    "throttle_time_ms:int32@1 error_code:int16")
LEAVE = Api(
    13, range(0, 6), 4,
    "group_id:string member_id:string@0-2"
    " members:[ member_id:string group_instance_id:string?@3 reason:string?@5 ]@3",
    "throttle_time_ms:int32@1 error_code:int16"
    " members:[ member_id:string group_instance_id:string? error_code:int16 ]@3")
OFFSET_COMMIT = Api(
    8, range(2, 11), 8,
    "group_id:string generation_id:int32 member_id:string group_instance_id:string?@7"
    " retention_time_ms:int64@2-4 topics:[ name:string@0-9 topic_id:uuid@10 partitions:["
    " partition:int32 offset:int64 leader_epoch:int32@6 metadata:string? ] ]",
    "throttle_time_ms:int32@3 topics:[ name:string@0-9 topic_id:uuid@10 partitions:["
    " partition:int32 error_code:int16 ] ]")
OFFSET_FETCH = Api(
    9, range(1, 11), 6,
    "group_id:string@0-7 topics:[ name:string partitions:[]int32 ]?@0-7"
    " groups:[ group_id:string member_id:string?@9 member_epoch:int32@9"
    " topics:[ name:string@8-9 topic_id:uuid@10 partitions:[]int32 ]? ]@8 require_stable:bool@7",
    "throttle_time_ms:int32@3 topics:[ name:string partitions:[ partition:int32 offset:int64"
    " leader_epoch:int32@5 metadata:string? error_code:int16 ] ]@0-7 error_code:int16@2-7"
    " groups:[ group_id:string topics:[ name:string@8-9 topic_id:uuid@10 partitions:["
    " partition:int32 offset:int64 leader_epoch:int32 metadata:string? error_code:int16 ] ]"
    " error_code:int16 ]@8")
LIST_GROUPS = Api(
    16, range(0, 6), 3,
    "states_filter:[]string@4 types_filter:[]string@5",
    "throttle_time_ms:int32@1 error_code:int16 groups:[ group_id:string protocol_type:string"
    " group_state:string@4 group_type:string@5 ]")
DESCRIBE_GROUPS = Api(
    15, range(0, 7), 5,
    "groups:[]string include_authorized_operations:bool@3",
    "throttle_time_ms:int32@1 groups:[ error_code:int16 error_message:string?@6 group_id:string"
    " group_state:string protocol_type:string protocol_data:string members:[ member_id:string"
    " group_instance_id:string?@4 client_id:string client_host:string member_metadata:bytes"
    " member_assignment:bytes ] authorized_operations:int32@3 ]")
DELETE_GROUPS = Api(
    42, range(0, 4), 2,
    "groups_names:[]string",
    "throttle_time_ms:int32 results:[ group_id:string error_code:int16 error_message:string?@3 ]")
OFFSET_DELETE = Api(
    47, range(0, 1), EVERY,
    "group_id:string topics:[ name:string partitions:[ partition:int32 ] ]",
    "error_code:int16 throttle_time_ms:int32 topics:[ name:string partitions:["
    " partition:int32 error_code:int16 ] ]")
CONSUMER_HEARTBEAT = Api(
    68, range(0, 2), 0,
    "group_id:string member_id:string member_epoch:int32 instance_id:string? rack_id:string?"
    " rebalance_timeout_ms:int32 subscribed_topic_names:[]string?"
    " subscribed_topic_regex:string?@1 server_assignor:string?"
    " topic_partitions:[ topic_id:uuid partitions:[]int32 ]?",
    "throttle_time_ms:int32 error_code:int16 error_message:string? member_id:string?"
    f" member_epoch:int32 heartbeat_interval_ms:int32 assignment:{{ {PARTITIONS_BY_ID} }}?")
CONSUMER_DESCRIBE = Api(
    69, range(0, 2), 0,
    "group_ids:[]string include_authorized_operations:bool",
    "throttle_time_ms:int32 groups:[ error_code:int16 error_message:string? group_id:string"
    " group_state:string group_epoch:int32 assignment_epoch:int32 assignor_name:string members:["
    " member_id:string instance_id:string? rack_id:string? member_epoch:int32 client_id:string"
    " client_host:string subscribed_topic_names:[]string subscribed_topic_regex:string?"
    f" assignment:{{ {PARTITIONS_BY_NAME} }} target_assignment:{{ {PARTITIONS_BY_NAME} }}"
    " member_type:int8@1 ] authorized_operations:int32 ]")
