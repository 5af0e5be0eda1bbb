import ActaModel
import Bytes
import KafkaWire

/// The third coder: it runs over a message's fields like the writer and notes them as JSON under
/// their names, as the vectors have them.
struct JSONDumper: FieldCoder {
  let version: Int16
  let isFlexible: Bool
  /// Fields of the structs, and elements of the arrays, that are open; the innermost is last.
  private var open: [JSONValue] = [.object([:])]

  init(version: Int16, isFlexible: Bool) {
    self.version = version
    self.isFlexible = isFlexible
  }

  static func dump<M: WireStruct>(
    _ message: M, version: Int16, isFlexible: Bool
  ) throws -> JSONValue {
    var dumper = JSONDumper(version: version, isFlexible: isFlexible)
    var message = message
    try message.fields(&dumper)
    return dumper.open[0]
  }

  private mutating func note(_ name: StaticString, _ value: JSONValue) {
    switch open.removeLast() {
    case .object(var members):
      precondition(members[name.description] == nil, "\(name) is named twice")
      members[name.description] = value
      open.append(.object(members))
    case .array(let elements):
      open.append(.array(elements + [value]))
    default:
      preconditionFailure("only objects and arrays are open")
    }
  }

  mutating func boolean(_ name: StaticString, _ value: inout Bool) { note(name, .bool(value)) }

  mutating func integer<T: FixedWidthInteger>(_ name: StaticString, _ value: inout T) {
    note(name, .integer(Int64(value)))
  }

  mutating func double(_ name: StaticString, _ value: inout Double) { note(name, .number(value)) }

  mutating func topicID(_ name: StaticString, _ value: inout TopicID) {
    note(name, .string(value.description))
  }

  mutating func string(_ name: StaticString, _ value: inout String?, nullable: Bool) {
    note(name, value.map(JSONValue.string) ?? .null)
  }

  mutating func bytes(_ name: StaticString, _ value: inout [UInt8]?, nullable: Bool) {
    note(name, value.map { .string(hexadecimal($0)) } ?? .null)
  }

  mutating func slice(_ name: StaticString, _ value: inout ByteSlice?, nullable: Bool) {
    note(name, value.map { .string(hexadecimal([UInt8]($0))) } ?? .null)
  }

  mutating func chunks(_ name: StaticString, _ value: inout RecordChunks?, nullable: Bool) {
    note(name, value.map { .string(hexadecimal($0.chunks.joined())) } ?? .null)
  }

  mutating func array<Element: WireElement>(
    _ name: StaticString, _ value: inout [Element]?, nullable: Bool
  ) throws(WireError) {
    guard var elements = value else { return note(name, .null) }
    open.append(.array([]))
    for index in elements.indices {
      try elements[index].code(name, nullable: false, by: &self)
    }
    note(name, open.removeLast())
  }

  mutating func structure<S: WireStruct>(
    _ name: StaticString, _ value: inout S
  ) throws(WireError) {
    open.append(.object([:]))
    try value.fields(&self)
    note(name, open.removeLast())
  }

  mutating func nullableStructure<S: WireStruct>(
    _ name: StaticString, _ value: inout S?, nullable: Bool
  ) throws(WireError) {
    guard var present = value else { return note(name, .null) }
    try structure(name, &present)
  }

  mutating func tagged<Value: WireValue>(
    _ tag: UInt32, _ name: StaticString, _ value: inout Value, since first: Int16,
    default absent: Value, nullable: Bool
  ) throws(WireError) {
    guard isFlexible, first <= version else { return }
    try value.code(name, nullable: nullable, by: &self)
  }
}
