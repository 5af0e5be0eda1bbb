/// Reads the primitives of a records section (KafkaWire/PROTOCOL.md §2): signed numbers are zigzag
/// varints, low group of seven bits first, and must be minimal, so that decoded records have one
/// encoding only. Every read is checked against the end.
@usableFromInline
package struct RecordReader {
  @usableFromInline var position: UnsafeRawPointer
  @usableFromInline let end: UnsafeRawPointer

  @inlinable
  init(from position: UnsafeRawPointer, to end: UnsafeRawPointer) {
    self.position = position
    self.end = end
  }

  @inlinable
  var remaining: Int { end - position }

  @inlinable
  mutating func readByte() throws(RecordFormatError) -> UInt8 {
    guard position < end else { throw .truncated }
    defer { position += 1 }
    return position.load(as: UInt8.self)
  }

  @inlinable
  mutating func readVarint() throws(RecordFormatError) -> Int32 {
    let first = try readByte()
    if first < 0x80 { return Int32(truncatingIfNeeded: Self.unzigzag(UInt64(first))) }
    let wide = try readLongVarint(first: first)
    guard wide <= UInt64(UInt32.max) else { throw .badVarint }
    return Int32(truncatingIfNeeded: Self.unzigzag(wide))
  }

  @inlinable
  mutating func readVarlong() throws(RecordFormatError) -> Int64 {
    let first = try readByte()
    if first < 0x80 { return Self.unzigzag(UInt64(first)) }
    return Self.unzigzag(try readLongVarint(first: first))
  }

  /// The rest of a number whose first byte has the continuation bit.
  @inlinable
  mutating func readLongVarint(first: UInt8) throws(RecordFormatError) -> UInt64 {
    var value = UInt64(first & 0x7f)
    var shift: UInt64 = 7
    while true {
      let byte = try readByte()
      // The tenth byte has room for one bit.
      if shift == 63, byte > 1 { throw .badVarint }
      value |= UInt64(byte & 0x7f) &<< shift
      if byte < 0x80 {
        guard byte != 0 else { throw .badVarint }
        return value
      }
      shift &+= 7
    }
  }

  /// A length and that many bytes; `nil` for length -1.
  @inlinable
  mutating func readNullableBytes() throws(RecordFormatError) -> UnsafeRawBufferPointer? {
    let length = try readVarint()
    if length < 0 {
      guard length == -1 else { throw .negativeLength }
      return nil
    }
    return try readBytes(Int(length))
  }

  @inlinable
  mutating func readBytes(_ count: Int) throws(RecordFormatError) -> UnsafeRawBufferPointer {
    guard count <= remaining else { throw .truncated }
    defer { position += count }
    return UnsafeRawBufferPointer(start: position, count: count)
  }

  @inlinable
  static func unzigzag(_ value: UInt64) -> Int64 {
    Int64(bitPattern: value &>> 1) ^ -Int64(bitPattern: value & 1)
  }
}
