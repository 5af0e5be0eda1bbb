"""Kafka's messages in any version, by Kafka's own definitions.

Apache Kafka keeps a JSON definition of every request and response in its client library; this reads
them there, so that nothing of the protocol is written down twice, and nothing in this codec can be
wrong in the way the broker's is.
"""

import json
import pathlib
import re
import struct
import uuid
import zipfile

FIXED = {"bool": ">?", "int8": ">b", "int16": ">h", "uint16": ">H", "int32": ">i", "int64": ">q",
         "float64": ">d"}
NEVER = range(0)
ALWAYS = range(1 << 15)


class Definitions:
    """The definitions in one client library, read when they are asked for."""

    def __init__(self, home):
        [jar] = pathlib.Path(home).glob("lib*/kafka-clients-*.jar")
        self.jar = zipfile.ZipFile(jar)
        self.apis = {}

    def api(self, name):
        if name not in self.apis:
            self.apis[name] = Api(self.message(f"{name}Request"), self.message(f"{name}Response"))
        return self.apis[name]

    def message(self, name):
        text = self.jar.read(f"common/message/{name}.json").decode()
        return json.loads(re.sub(r"^\s*//.*$", "", text, flags=re.MULTILINE))

    def names_by_key(self):
        """Every API's name by its key; those that only brokers ask each other are among them."""
        names = {}
        for path in self.jar.namelist():
            if path.startswith("common/message/") and path.endswith("Request.json"):
                name = path.removeprefix("common/message/").removesuffix("Request.json")
                names[self.message(f"{name}Request")["apiKey"]] = name
        return names


def versions(text):
    """The range that "3+", "0-12", "4" or "none" means."""
    if text is None or text == "none":
        return NEVER
    first, last, *_ = *re.split(r"[-+]", text), ""
    if text.endswith("+"):
        return range(int(first), ALWAYS.stop)
    return range(int(first), int(last or first) + 1)


class Field:
    def __init__(self, definition, structs):
        self.name = definition["name"]
        self.is_array = definition["type"].startswith("[]")
        self.kind = definition["type"].removeprefix("[]")
        self.versions = versions(definition.get("versions"))
        self.nullable = versions(definition.get("nullableVersions"))
        self.tagged = versions(definition.get("taggedVersions"))
        self.flexible = (
            versions(definition["flexibleVersions"]) if "flexibleVersions" in definition else None)
        self.tag = definition.get("tag")
        fields = definition.get("fields") or structs.get(self.kind)
        self.fields = fields and [Field(field, structs) for field in fields]
        self.default = self._default(definition.get("default"))

    def _default(self, text):
        if text == "null":
            return None
        if self.is_array:
            return []
        if self.kind == "bool":
            return str(text).lower() == "true"
        if self.kind in FIXED:
            return int(str(text or 0), 0)
        if self.fields:
            return {field.name: field.default for field in self.fields}
        return {"string": text or "", "uuid": uuid.UUID(int=0)}.get(self.kind, b"")


class Api:
    """One API's two messages."""

    def __init__(self, request, response):
        self.key = request["apiKey"]
        self.name = request["name"].removesuffix("Request")
        self.valid = versions(request["validVersions"])
        self.flexible = versions(request["flexibleVersions"])
        self.request, self.response = self._fields(request), self._fields(response)

    @staticmethod
    def _fields(message):
        structs = {one["name"]: one["fields"] for one in message.get("commonStructs", ())}
        return [Field(field, structs) for field in message["fields"]]

    def encode(self, version, values, correlation=7, client_id="by-hand"):
        """A frame with its size. What the version does not have is left out."""
        client = client_id.encode()
        header = struct.pack(">hhih", self.key, version, correlation, len(client)) + client
        writer = Writer(version, version in self.flexible)
        if writer.is_flexible:
            writer.data += b"\0"
        writer.struct(self.request, values)
        frame = header + bytes(writer.data)
        return struct.pack(">i", len(frame)) + frame

    def decode(self, version, answer):
        """An answer's fields, of a frame without its size."""
        reader = Reader(answer, version, version in self.flexible)
        reader.take(4)
        if reader.is_flexible and self.name != "ApiVersions":
            reader.tags({})
        values = reader.struct(self.response)
        if reader.at != len(answer):
            raise ValueError(f"{self.name} v{version}: {len(answer) - reader.at} bytes too many")
        return values


def uvarint(value):
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(out + bytes([value]))


class Writer:
    def __init__(self, version, is_flexible):
        self.version, self.is_flexible, self.data = version, is_flexible, bytearray()

    def struct(self, fields, values):
        unknown = set(values) - {field.name for field in fields}
        if unknown:
            raise ValueError(f"no such field: {unknown}")
        present = [field for field in fields if self.version in field.versions]
        for field in present:
            if self.version not in field.tagged:
                self.field(field, values.get(field.name, field.default))
        if self.is_flexible:
            self.tags([f for f in present if self.version in f.tagged and f.name in values], values)

    def tags(self, fields, values):
        self.data += uvarint(len(fields))
        for field in sorted(fields, key=lambda field: field.tag):
            inner = Writer(self.version, self.is_flexible)
            inner.field(field, values[field.name])
            self.data += uvarint(field.tag) + uvarint(len(inner.data)) + inner.data

    def field(self, field, value):
        if not field.is_array:
            return self.one(field, value)
        self.length(value, ">i", self.is_flexible)
        for item in value or ():
            self.one(field, item, nullable=False)

    def one(self, field, value, nullable=True):
        if field.fields:
            if nullable and self.version in field.nullable:
                self.data += struct.pack(">b", -1 if value is None else 1)
            if value is not None:
                self.struct(field.fields, value)
        elif field.kind == "uuid":
            self.data += value.bytes
        elif field.kind in FIXED:
            self.data += struct.pack(FIXED[field.kind], value)
        else:
            data = value.encode() if isinstance(value, str) else value
            is_flexible = self.is_flexible and (
                field.flexible is None or self.version in field.flexible)
            self.length(data, ">h" if field.kind == "string" else ">i", is_flexible)
            self.data += data or b""

    def length(self, value, wide, is_flexible):
        if is_flexible:
            self.data += uvarint(0 if value is None else len(value) + 1)
        else:
            self.data += struct.pack(wide, -1 if value is None else len(value))


class Reader:
    def __init__(self, data, version, is_flexible):
        self.data, self.at = data, 0
        self.version, self.is_flexible = version, is_flexible

    def take(self, count):
        part = self.data[self.at:self.at + count]
        if len(part) != count:
            raise ValueError(f"the answer ends at {len(self.data)}, within a field")
        self.at += count
        return part

    def number(self, wide):
        return struct.unpack(wide, self.take(struct.calcsize(wide)))[0]

    def uvarint(self):
        value = shift = 0
        while True:
            [byte] = self.take(1)
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    def struct(self, fields):
        values = {}
        for field in fields:
            if self.version not in field.versions:
                continue
            values[field.name] = (
                field.default if self.version in field.tagged else self.field(field))
        if self.is_flexible:
            tagged = {f.tag: f for f in fields if self.version in f.tagged}
            values.update(self.tags(tagged))
        return values

    def tags(self, known):
        values = {}
        for _ in range(self.uvarint()):
            tag, data = self.uvarint(), self.take(self.uvarint())
            field = known.get(tag)
            if field is None:
                values[f"tag {tag}"] = data
            else:
                inner = Reader(data, self.version, self.is_flexible)
                values[field.name] = inner.field(field)
        return values

    def field(self, field):
        if not field.is_array:
            return self.one(field)
        count = self.length(">i")
        return None if count < 0 else [self.one(field, nullable=False) for _ in range(count)]

    def one(self, field, nullable=True):
        if field.fields:
            if nullable and self.version in field.nullable and self.number(">b") < 0:
                return None
            return self.struct(field.fields)
        if field.kind == "uuid":
            return uuid.UUID(bytes=self.take(16))
        if field.kind in FIXED:
            return self.number(FIXED[field.kind])
        count = self.length(">h" if field.kind == "string" else ">i")
        if count < 0:
            return None
        data = self.take(count)
        return data.decode() if field.kind == "string" else data

    def length(self, wide):
        return self.uvarint() - 1 if self.is_flexible else self.number(wide)
