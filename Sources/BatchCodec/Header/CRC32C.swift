import CCRC32C

/// CRC-32C (Castagnoli), the checksum of a batch.
package enum CRC32C {
  /// The CRC of `bytes`, or, given the CRC of what came before them, of both together.
  package static func checksum(_ bytes: UnsafeRawBufferPointer, after crc: UInt32 = 0) -> UInt32 {
    acta_crc32c(crc, bytes.baseAddress, bytes.count)
  }

  package static func checksum(_ bytes: [UInt8], after crc: UInt32 = 0) -> UInt32 {
    bytes.withUnsafeBytes { checksum($0, after: crc) }
  }
}
