package import ActaModel
package import Bytes

/// Reads a message from bytes that nobody has vouched for
/// (LogEngine/DURABILITY.md §6, A2 to A4).
///
/// Whatever the bytes are, reading ends in a message or a `WireError`. A length is compared with the
/// bytes left before anything is made of it, so that memory taken stays in proportion to bytes
/// received; all arrays of a message together hold at most `elementLimit` elements, against which
/// unknown tags count too. Nesting is what the message types nest: the input cannot add to it.
package struct WireReader: FieldCoder {
  /// For requests. Responses, which a client reads from a server it chose, have no such bound.
  package static let requestElementLimit = 100_000
  /// How many elements are reserved for at once; a longer array grows as its elements are read.
  private static let reservation = 256
  static let unknownTagLimit = 64

  package let version: Int16
  package let isFlexible: Bool
  /// What has not been read yet.
  var rest: ByteSlice
  var tags = TagCursor()
  var elementsLeft: Int

  package init(_ bytes: ByteSlice, version: Int16, isFlexible: Bool, elementLimit: Int) {
    rest = bytes
    self.version = version
    self.isFlexible = isFlexible
    elementsLeft = elementLimit
  }

  package mutating func boolean(_ name: StaticString, _ value: inout Bool) throws(WireError) {
    var byte: UInt8 = 0
    try integer(name, &byte)
    value = byte != 0
  }

  package mutating func integer<T: FixedWidthInteger>(
    _ name: StaticString, _ value: inout T
  ) throws(WireError) {
    guard let read = rest.takeInteger(as: T.self) else {
      throw WireError(.truncated, field: name)
    }
    value = read
  }

  package mutating func topicID(_ name: StaticString, _ value: inout TopicID) throws(WireError) {
    var high: UInt64 = 0
    var low: UInt64 = 0
    try integer(name, &high)
    try integer(name, &low)
    value = TopicID(high: high, low: low)
  }

  package mutating func string(
    _ name: StaticString, _ value: inout String?, nullable: Bool
  ) throws(WireError) {
    guard let count = try stringLength(name, nullable: nullable) else {
      value = nil
      return
    }
    value = String(repairing: try take(count, name))
  }

  package mutating func bytes(
    _ name: StaticString, _ value: inout [UInt8]?, nullable: Bool
  ) throws(WireError) {
    guard let count = try length(name, nullable: nullable) else {
      value = nil
      return
    }
    value = [UInt8](try take(count, name))
  }

  package mutating func slice(
    _ name: StaticString, _ value: inout ByteSlice?, nullable: Bool
  ) throws(WireError) {
    guard let count = try length(name, nullable: nullable) else {
      value = nil
      return
    }
    value = try take(count, name)
  }

  package mutating func double(
    _ name: StaticString, _ value: inout Double
  ) throws(WireError) {
    var bits: UInt64 = 0
    try integer(name, &bits)
    value = Double(bitPattern: bits)
  }

  package mutating func chunks(
    _ name: StaticString, _ value: inout RecordChunks?, nullable: Bool
  ) throws(WireError) {
    var whole: [UInt8]?
    try bytes(name, &whole, nullable: nullable)
    value = whole.map { RecordChunks($0.isEmpty ? [] : [$0]) }
  }

  package mutating func array<Element: WireElement>(
    _ name: StaticString, _ value: inout [Element]?, nullable: Bool
  ) throws(WireError) {
    guard let count = try length(name, nullable: nullable) else {
      value = nil
      return
    }
    let minimumSize = Element.minimumSize(isFlexible: isFlexible)
    guard count <= rest.count / minimumSize else {
      throw WireError(.countBeyondBytes(count), field: name)
    }
    guard count <= elementsLeft else { throw WireError(.tooManyElements(count), field: name) }
    elementsLeft -= count

    var elements: [Element] = []
    elements.reserveCapacity(min(count, Self.reservation))
    for _ in 0..<count {
      var element = Element()
      try element.code(name, nullable: false, by: &self)
      elements.append(element)
    }
    value = elements
  }

  package mutating func structure<S: WireStruct>(
    _ name: StaticString, _ value: inout S
  ) throws(WireError) {
    guard isFlexible else { return try value.fields(&self) }
    let outer = tags
    tags = TagCursor()
    try value.fields(&self)
    try skipRemainingTags(name)
    tags = outer
  }

  package mutating func nullableStructure<S: WireStruct>(
    _ name: StaticString, _ value: inout S?, nullable: Bool
  ) throws(WireError) {
    var marker: Int8 = 0
    try integer(name, &marker)
    switch marker {
    case 1:
      var present = S()
      try structure(name, &present)
      value = present
    case -1:
      guard nullable else { throw WireError(.unexpectedNull, field: name) }
      value = nil
    default:
      throw WireError(.invalidMarker(marker), field: name)
    }
  }
}
