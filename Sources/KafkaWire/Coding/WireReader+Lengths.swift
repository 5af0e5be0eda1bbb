import Bytes

extension WireReader {
  /// The next `count` bytes.
  mutating func take(_ count: Int, _ name: StaticString) throws(WireError) -> ByteSlice {
    guard let bytes = rest.take(count) else { throw WireError(.truncated, field: name) }
    return bytes
  }

  /// The length of bytes or the count of an array; `nil` is null, which only a nullable field may
  /// be. The result is never negative.
  mutating func length(_ name: StaticString, nullable: Bool) throws(WireError) -> Int? {
    if isFlexible { return try compactLength(name, nullable: nullable) }
    var count: Int32 = 0
    try integer(name, &count)
    return try Self.checked(Int(count), name, nullable: nullable)
  }

  /// The length of a string, which is an int16 below the flexible versions. As in Kafka, it cannot be
  /// longer in those, either: where it is kept and told again, an older version must have room for it.
  mutating func stringLength(_ name: StaticString, nullable: Bool) throws(WireError) -> Int? {
    if isFlexible {
      let count = try compactLength(name, nullable: nullable)
      if let count, count > Int(Int16.max) { throw WireError(.tooLong(count), field: name) }
      return count
    }
    var count: Int16 = 0
    try integer(name, &count)
    return try Self.checked(Int(count), name, nullable: nullable)
  }

  /// Compact lengths are one larger than they mean, and 0 is null.
  private mutating func compactLength(
    _ name: StaticString, nullable: Bool
  ) throws(WireError) -> Int? {
    try Self.checked(Int(unsignedVarint(name)) - 1, name, nullable: nullable)
  }

  /// Not the reader's, which would be copied for the call.
  private static func checked(
    _ count: Int, _ name: StaticString, nullable: Bool
  ) throws(WireError) -> Int? {
    if count >= 0 { return count }
    guard count == -1 else { throw WireError(.negativeLength(count), field: name) }
    guard nullable else { throw WireError(.unexpectedNull, field: name) }
    return nil
  }

  /// Seven bits a byte, the low ones first. Only the shortest form of a number is taken, and no
  /// more than 32 bits.
  mutating func unsignedVarint(_ name: StaticString) throws(WireError) -> UInt32 {
    var result: UInt32 = 0
    var shift: UInt32 = 0
    while true {
      guard let byte = rest.takeInteger(as: UInt8.self) else {
        throw WireError(.truncated, field: name)
      }
      if shift == 28, byte > 0x0f { throw WireError(.malformedVarint, field: name) }
      result |= UInt32(byte & 0x7f) << shift
      if byte < 0x80 {
        if byte == 0, shift > 0 { throw WireError(.malformedVarint, field: name) }
        return result
      }
      shift += 7
    }
  }
}
