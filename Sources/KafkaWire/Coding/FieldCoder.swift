package import ActaModel
package import Bytes

/// What runs over a message's fields: the reader fills them, the writer puts them out.
///
/// A message names its fields in wire order with `field` and `tagged`; the requirements below are
/// the protocol's kinds of values, one each (KafkaWire/PROTOCOL.md §2). Lengths, null and the compact forms
/// of flexible versions are the coder's business, so a message says only what differs between
/// versions.
///
/// |                | not flexible              | flexible                             |
/// |----------------|---------------------------|--------------------------------------|
/// | bool           | one byte, 0 is false      | the same                             |
/// | numbers, uuid  | big-endian                | the same                             |
/// | string         | int16 length, -1 null     | varint of length + 1, 0 null         |
/// | bytes, records | int32 length, -1 null     | varint of length + 1, 0 null         |
/// | array          | int32 count, -1 null      | varint of count + 1, 0 null          |
/// | struct         | its fields                | its fields, then a tag section       |
/// | nullable struct| int8 -1 null, 1 present   | the same, then as a struct           |
///
/// A tag section is a varint count, then for each field, by rising tag: varint tag, varint size,
/// data. A field equal to its default is left out; an unknown one is passed over.
package protocol FieldCoder {
  var version: Int16 { get }
  /// Compact lengths, and a tag section at the end of every struct.
  var isFlexible: Bool { get }

  mutating func boolean(_ name: StaticString, _ value: inout Bool) throws(WireError)
  mutating func integer<T: FixedWidthInteger>(
    _ name: StaticString, _ value: inout T
  ) throws(WireError)
  mutating func double(_ name: StaticString, _ value: inout Double) throws(WireError)
  mutating func topicID(_ name: StaticString, _ value: inout TopicID) throws(WireError)
  mutating func string(
    _ name: StaticString, _ value: inout String?, nullable: Bool
  ) throws(WireError)
  mutating func bytes(
    _ name: StaticString, _ value: inout [UInt8]?, nullable: Bool
  ) throws(WireError)
  /// Bytes kept as a slice of the frame, without copying.
  mutating func slice(
    _ name: StaticString, _ value: inout ByteSlice?, nullable: Bool
  ) throws(WireError)
  /// Bytes kept as pieces that follow one another under one length.
  mutating func chunks(
    _ name: StaticString, _ value: inout RecordChunks?, nullable: Bool
  ) throws(WireError)
  mutating func array<Element: WireElement>(
    _ name: StaticString, _ value: inout [Element]?, nullable: Bool
  ) throws(WireError)
  mutating func structure<S: WireStruct>(
    _ name: StaticString, _ value: inout S
  ) throws(WireError)
  mutating func nullableStructure<S: WireStruct>(
    _ name: StaticString, _ value: inout S?, nullable: Bool
  ) throws(WireError)

  /// A field of the tag section. A struct names these after all others, in ascending order of
  /// their tags, so that one pass meets them as they stand on the wire.
  mutating func tagged<Value: WireValue>(
    _ tag: UInt32, _ name: StaticString, _ value: inout Value, since first: Int16,
    default absent: Value, nullable: Bool
  ) throws(WireError)
}

extension FieldCoder {
  /// A field that exists in the versions `since...until`, and may be null from `nullableSince` on
  /// if its type is optional. In other versions it is left as it is: at its default.
  package mutating func field<Value: WireValue>(
    _ name: StaticString, _ value: inout Value, since first: Int16 = 0, until last: Int16 = .max,
    nullableSince firstNullable: Int16 = .max
  ) throws(WireError) {
    guard first <= version, version <= last else { return }
    try value.code(name, nullable: firstNullable <= version, by: &self)
  }

  /// A tagged field that cannot be null.
  package mutating func tagged<Value: WireValue>(
    _ tag: UInt32, _ name: StaticString, _ value: inout Value, since first: Int16,
    default absent: Value
  ) throws(WireError) {
    try tagged(tag, name, &value, since: first, default: absent, nullable: false)
  }
}
