/// Which partition a record with a key goes to, as the Java client decides it
/// (KafkaWire/PROTOCOL.md §17).
package enum Partitioner {
  /// The partition, of `count`, for `key`; an empty key has one too.
  package static func partition(forKey key: UnsafeRawBufferPointer, count: Int32) -> Int32 {
    precondition(count > 0, "a topic has at least one partition, got \(count)")
    return Int32(murmur2(key) & 0x7fff_ffff) % count
  }

  package static func partition(forKey key: [UInt8], count: Int32) -> Int32 {
    key.withUnsafeBytes { partition(forKey: $0, count: count) }
  }

  /// MurmurHash2, 32 bits, with the seed of the Java client.
  package static func murmur2(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
    let multiplier: UInt32 = 0x5bd1_e995
    var hash = 0x9747_b28c ^ UInt32(truncatingIfNeeded: bytes.count)
    let wholeWords = bytes.count & ~3
    for offset in stride(from: 0, to: wholeWords, by: 4) {
      let loaded = bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
      var word = UInt32(littleEndian: loaded) &* multiplier
      word ^= word >> 24
      hash = (hash &* multiplier) ^ (word &* multiplier)
    }
    if wholeWords < bytes.count {
      for offset in wholeWords..<bytes.count {
        hash ^= UInt32(bytes[offset]) << UInt32(8 * (offset - wholeWords))
      }
      hash &*= multiplier
    }
    hash ^= hash >> 13
    hash &*= multiplier
    return hash ^ (hash >> 15)
  }

  package static func murmur2(_ bytes: [UInt8]) -> UInt32 {
    bytes.withUnsafeBytes { murmur2($0) }
  }
}
