import CCRC32C
import Testing

@testable import BatchCodec

@Suite("CRC-32C") struct CRC32CTests {
  @Test(
    "known values",
    arguments: [
      ("123456789", 0xe306_9283 as UInt32), ("", 0), ("a", 0xc1d0_4330),
      ("The quick brown fox jumps over the lazy dog", 0x2262_0404),
    ])
  func knownValues(text: String, crc: UInt32) {
    #expect(CRC32C.checksum(Array(text.utf8)) == crc)
  }

  @Test("32 bytes of zeros, of ones, and counting up: the vectors of RFC 3720")
  func iscsiVectors() {
    #expect(CRC32C.checksum([UInt8](repeating: 0, count: 32)) == 0x8a91_36aa)
    #expect(CRC32C.checksum([UInt8](repeating: 0xff, count: 32)) == 0x62a8_ab43)
    #expect(CRC32C.checksum(Array(0..<32)) == 0x46dd_794e)
  }

  @Test("every length up to 300, and lengths around the interleaved blocks, at odd addresses")
  func lengths() {
    var random = SeededGenerator.forTest()
    let bytes = (0..<13_000).map { _ in UInt8.random(in: 0...255, using: &random) }
    let lanes = (1...4).flatMap { $0 * 3072 - 9...$0 * 3072 + 9 }
    for length in Array(0...300) + lanes {
      for start in [0, 1, 3] {
        let piece = Array(bytes[start..<start + length])
        bytes[start..<start + length].withUnsafeBytes { slice in
          let expected = bitwise(piece)
          #expect(CRC32C.checksum(slice) == expected, "length \(length) from \(start)")
          #expect(acta_crc32c_portable(0, slice.baseAddress, slice.count) == expected)
        }
      }
    }
  }

  @Test("the CRC of two parts in a row is the CRC of the whole")
  func extending() {
    let bytes = (0..<4000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    let whole = CRC32C.checksum(bytes)
    for cut in [0, 1, 7, 8, 61, 3071, 3072, 3999, 4000] {
      let first = CRC32C.checksum(Array(bytes[..<cut]))
      #expect(CRC32C.checksum(Array(bytes[cut...]), after: first) == whole)
    }
  }

  /// The definition, one bit at a time.
  private func bitwise(_ bytes: [UInt8]) -> UInt32 {
    var state = UInt32.max
    for byte in bytes {
      state ^= UInt32(byte)
      for _ in 0..<8 { state = state & 1 == 1 ? state >> 1 ^ 0x82f6_3b78 : state >> 1 }
    }
    return ~state
  }
}
