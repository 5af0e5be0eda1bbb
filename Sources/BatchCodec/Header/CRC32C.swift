import CCRC32C

/// CRC-32C (Castagnoli), the checksum of a batch.
package enum CRC32C {
  /// The CRC of `bytes`, or, given the CRC of what came before them, of both together.
  package static func checksum(_ bytes: UnsafeRawBufferPointer, after crc: UInt32 = 0) -> UInt32 {
    acta_crc32c(crc, bytes.baseAddress, bytes.count)
  }

  /// The CRC of what has the CRC `crc`, once some of its bytes are changed: `difference` is their
  /// exclusive or before and after, and `following` bytes come behind them, which are not looked at.
  static func checksum(
    _ crc: UInt32, changedBy difference: UnsafeRawBufferPointer, followedBy following: Int
  ) -> UInt32 {
    acta_crc32c_changed(crc, difference.baseAddress, difference.count, following)
  }

  package static func checksum(_ bytes: [UInt8], after crc: UInt32 = 0) -> UInt32 {
    bytes.withUnsafeBytes { checksum($0, after: crc) }
  }
}
