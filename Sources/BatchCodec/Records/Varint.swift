/// Writes zigzag varints (KafkaWire/PROTOCOL.md §2), always in the fewest bytes; `RecordReader`
/// reads them.
@usableFromInline
enum Varint {
  /// The most that one number takes.
  @usableFromInline static let maxSize = 10

  @inlinable
  static func size(_ value: Int64) -> Int {
    let bits = 64 &- (zigzag(value) | 1).leadingZeroBitCount
    return (bits &+ 6) / 7
  }

  @inlinable
  static func size(_ value: Int32) -> Int { size(Int64(value)) }

  /// Writes at `position` and moves it on; there must be room.
  @inlinable
  static func write(_ value: Int64, to position: inout UnsafeMutableRawPointer) {
    var rest = zigzag(value)
    while rest >= 0x80 {
      position.storeBytes(of: UInt8(truncatingIfNeeded: rest) | 0x80, as: UInt8.self)
      position += 1
      rest &>>= 7
    }
    position.storeBytes(of: UInt8(truncatingIfNeeded: rest), as: UInt8.self)
    position += 1
  }

  @inlinable
  static func write(_ value: Int32, to position: inout UnsafeMutableRawPointer) {
    write(Int64(value), to: &position)
  }

  @inlinable
  static func zigzag(_ value: Int64) -> UInt64 {
    UInt64(bitPattern: (value &<< 1) ^ (value &>> 63))
  }
}
