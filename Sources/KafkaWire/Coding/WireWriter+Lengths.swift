extension WireWriter {
  /// The length of bytes or the count of an array.
  mutating func length(
    _ name: StaticString, _ count: Int?, nullable: Bool
  ) throws(WireError) {
    if isFlexible { return try compactLength(name, count, nullable: nullable) }
    try Self.checkNull(name, count, nullable: nullable)
    guard let length = Int32(exactly: count ?? -1) else {
      throw WireError(.tooLong(count ?? 0), field: name)
    }
    append(length)
  }

  /// The length of a string below the flexible versions.
  mutating func shortLength(
    _ name: StaticString, _ count: Int?, nullable: Bool
  ) throws(WireError) {
    try Self.checkNull(name, count, nullable: nullable)
    guard let length = Int16(exactly: count ?? -1) else {
      throw WireError(.tooLong(count ?? 0), field: name)
    }
    append(length)
  }

  mutating func compactLength(
    _ name: StaticString, _ count: Int?, nullable: Bool
  ) throws(WireError) {
    try Self.checkNull(name, count, nullable: nullable)
    guard let count else { return writeUnsignedVarint(0) }
    guard count < Int(Int32.max) else { throw WireError(.tooLong(count), field: name) }
    writeUnsignedVarint(UInt32(count) + 1)
  }

  /// Not the writer's, which would be copied for the call.
  private static func checkNull(
    _ name: StaticString, _ count: Int?, nullable: Bool
  ) throws(WireError) {
    if count == nil, !nullable { throw WireError(.unexpectedNull, field: name) }
  }

  mutating func writeUnsignedVarint(_ value: UInt32) {
    var rest = value
    while rest > 0x7f {
      append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    append(UInt8(truncatingIfNeeded: rest))
  }
}
