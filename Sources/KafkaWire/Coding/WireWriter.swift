import ActaModel
import NIOCore

/// Writes a message at the end of a buffer. It fails only on what the wire cannot express: null
/// where the version has none, or a string beyond 32,767 bytes in a version that is not flexible.
package struct WireWriter: FieldCoder {
  package let version: Int16
  package let isFlexible: Bool
  var buffer: ByteBuffer
  /// Where the count of the current struct's tag section stands; `nil` before its first tagged
  /// field.
  private var tagCountIndex: Int?
  private var tagCount: UInt8 = 0

  package init(_ buffer: consuming ByteBuffer, version: Int16, isFlexible: Bool) {
    self.buffer = buffer
    self.version = version
    self.isFlexible = isFlexible
  }

  package mutating func boolean(_ name: StaticString, _ value: inout Bool) {
    buffer.writeInteger(value ? 1 as UInt8 : 0)
  }

  package mutating func integer<T: FixedWidthInteger>(_ name: StaticString, _ value: inout T) {
    buffer.writeInteger(value)
  }

  package mutating func topicID(_ name: StaticString, _ value: inout TopicID) {
    buffer.writeMultipleIntegers(value.high, value.low)
  }

  package mutating func string(
    _ name: StaticString, _ value: inout String?, nullable: Bool
  ) throws(WireError) {
    let count = value?.utf8.count
    if isFlexible {
      try compactLength(name, count, nullable: nullable)
    } else {
      try checkNull(name, count, nullable: nullable)
      guard let length = Int16(exactly: count ?? -1) else {
        throw WireError(.tooLong(count ?? 0), field: name)
      }
      buffer.writeInteger(length)
    }
    if let value { buffer.writeString(value) }
  }

  package mutating func bytes(
    _ name: StaticString, _ value: inout [UInt8]?, nullable: Bool
  ) throws(WireError) {
    try length(name, value?.count, nullable: nullable)
    if let value { buffer.writeBytes(value) }
  }

  package mutating func slice(
    _ name: StaticString, _ value: inout ByteBuffer?, nullable: Bool
  ) throws(WireError) {
    try length(name, value?.readableBytes, nullable: nullable)
    if let value { buffer.writeImmutableBuffer(value) }
  }

  package mutating func chunks(
    _ name: StaticString, _ value: inout RecordChunks?, nullable: Bool
  ) throws(WireError) {
    try length(name, value?.byteCount, nullable: nullable)
    for chunk in value?.chunks ?? [] { buffer.writeBytes(chunk) }
  }

  package mutating func array<Element: WireElement>(
    _ name: StaticString, _ value: inout [Element]?, nullable: Bool
  ) throws(WireError) {
    try length(name, value?.count, nullable: nullable)
    // Moved out, so that coding the elements in place does not copy the array.
    guard var elements = value.take() else { return }
    for index in elements.indices {
      try elements[index].code(name, nullable: false, by: &self)
    }
    value = elements
  }

  package mutating func structure<S: WireStruct>(
    _ name: StaticString, _ value: inout S
  ) throws(WireError) {
    guard isFlexible else { return try value.fields(&self) }
    let (outerIndex, outerCount) = (tagCountIndex, tagCount)
    (tagCountIndex, tagCount) = (nil, 0)
    try value.fields(&self)
    if let tagCountIndex {
      buffer.setInteger(tagCount, at: tagCountIndex)
    } else {
      buffer.writeInteger(0 as UInt8)
    }
    (tagCountIndex, tagCount) = (outerIndex, outerCount)
  }

  package mutating func nullableStructure<S: WireStruct>(
    _ name: StaticString, _ value: inout S?, nullable: Bool
  ) throws(WireError) {
    guard var present = value else {
      guard nullable else { throw WireError(.unexpectedNull, field: name) }
      buffer.writeInteger(-1 as Int8)
      return
    }
    buffer.writeInteger(1 as Int8)
    try structure(name, &present)
  }

  /// The count is one byte, set when the struct ends: no struct here has 128 tags. The field's size
  /// stands before it, so its data are written aside first; tagged fields are rare.
  package mutating func tagged<Value: WireValue>(
    _ tag: UInt32, _ name: StaticString, _ value: inout Value, since first: Int16,
    default absent: Value, nullable: Bool
  ) throws(WireError) {
    guard isFlexible, first <= version, value != absent else { return }
    if tagCountIndex == nil {
      tagCountIndex = buffer.writerIndex
      buffer.writeInteger(0 as UInt8)
    }
    tagCount += 1
    var aside = WireWriter(ByteBuffer(), version: version, isFlexible: isFlexible)
    try value.code(name, nullable: nullable, by: &aside)
    guard let size = UInt32(exactly: aside.buffer.readableBytes) else {
      throw WireError(.tooLong(aside.buffer.readableBytes), field: name)
    }
    writeUnsignedVarint(tag)
    writeUnsignedVarint(size)
    buffer.writeImmutableBuffer(aside.buffer)
  }
}
