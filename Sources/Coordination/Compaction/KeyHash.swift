/// 64 bits of a key, the same for ever: they are kept in the index. They need not be hard to collide with:
/// keys that do are told apart by their bytes, and cost time alone.
package enum KeyHash {
  private static let multiplier: UInt64 = 0x9e37_79b9_7f4a_7c15

  package static func hash(_ key: UnsafeRawBufferPointer) -> UInt64 {
    var hash = UInt64(key.count) &* multiplier
    var position = 0
    while position + 8 <= key.count {
      let word = UInt64(littleEndian: key.loadUnaligned(fromByteOffset: position, as: UInt64.self))
      hash = mixed(hash ^ mixed(word))
      position += 8
    }
    var rest: UInt64 = 0
    for (index, byte) in key[position...].enumerated() { rest |= UInt64(byte) << UInt64(8 * index) }
    return mixed(hash ^ mixed(rest ^ multiplier))
  }

  /// One to one, every bit of the outcome hanging on every bit (Stafford's variant 13).
  private static func mixed(_ value: UInt64) -> UInt64 {
    var mixed = value &+ multiplier
    mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
    return mixed ^ mixed >> 31
  }
}
