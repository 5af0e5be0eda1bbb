import NIOCore

extension WireWriter {
  /// The length of bytes or the count of an array.
  mutating func length(
    _ name: StaticString, _ count: Int?, nullable: Bool
  ) throws(WireError) {
    if isFlexible { return try compactLength(name, count, nullable: nullable) }
    try checkNull(name, count, nullable: nullable)
    guard let length = Int32(exactly: count ?? -1) else {
      throw WireError(.tooLong(count ?? 0), field: name)
    }
    buffer.writeInteger(length)
  }

  mutating func compactLength(
    _ name: StaticString, _ count: Int?, nullable: Bool
  ) throws(WireError) {
    try checkNull(name, count, nullable: nullable)
    guard let count else { return writeUnsignedVarint(0) }
    guard count < Int(Int32.max) else { throw WireError(.tooLong(count), field: name) }
    writeUnsignedVarint(UInt32(count) + 1)
  }

  func checkNull(_ name: StaticString, _ count: Int?, nullable: Bool) throws(WireError) {
    if count == nil, !nullable { throw WireError(.unexpectedNull, field: name) }
  }

  mutating func writeUnsignedVarint(_ value: UInt32) {
    var rest = value
    while rest > 0x7f {
      buffer.writeInteger(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    buffer.writeInteger(UInt8(truncatingIfNeeded: rest))
  }
}
