import ActaModel

/// The codecs of record batches (KafkaWire/PROTOCOL.md §6), each in a file of its own.
///
/// Decompression reads what a peer sent, and trusts none of it: output is produced in pieces of
/// 64 KiB and stops at a limit, whatever sizes the stream declares. Beside what it makes it takes a
/// piece and the codec's window: up to 8 MiB for lz4, and for zstd as much of the declared window as
/// was filled, so no more than it makes. No ratio is demanded, since repetitive records rightly
/// compress a thousandfold and more; the limit is what protects.
package enum Compression {
  /// `bytes` as one compressed stream. `level` is of the codec's own scale and brought into its
  /// range; `nil` is the default.
  package static func compress(
    _ bytes: UnsafeRawBufferPointer, codec: CompressionCodec, level: Int? = nil
  ) -> [UInt8] {
    var output: [UInt8] = []
    append(bytes, codec: codec, level: level, to: &output)
    return output
  }

  package static func compress(
    _ bytes: [UInt8], codec: CompressionCodec, level: Int? = nil
  ) -> [UInt8] {
    bytes.withUnsafeBytes { compress($0, codec: codec, level: level) }
  }

  /// The whole of what `bytes` was made from. Refuses with MESSAGE_TOO_LARGE what would be more
  /// than `limit` bytes, and with INVALID_RECORD what is not a complete stream of the codec: its
  /// CRC has been right, so it was made wrong, and CORRUPT_MESSAGE would invite the producer to
  /// send it for ever.
  package static func decompress(
    _ bytes: UnsafeRawBufferPointer, codec: CompressionCodec, limit: Int
  ) throws(BatchRejection) -> [UInt8] {
    var output = DecompressedOutput(limit: limit)
    switch codec {
    case .none: try output.append(bytes)
    case .gzip: try Gzip.decompress(bytes, into: &output)
    case .snappy: try Snappy.decompress(bytes, into: &output)
    case .lz4: try LZ4.decompress(bytes, into: &output)
    case .zstd: try Zstd.decompress(bytes, into: &output)
    }
    return output.finish()
  }

  package static func decompress(
    _ bytes: [UInt8], codec: CompressionCodec, limit: Int
  ) throws(BatchRejection) -> [UInt8] {
    try bytes.withLentBytes(from: 0) { lent throws(BatchRejection) in
      try decompress(lent, codec: codec, limit: limit)
    }
  }

  /// What a stream says that it unpacks to, where its format has a place for it that is found at once.
  /// Nobody checks it: it tells where to begin, and nothing may depend on it.
  package static func declaredSize(
    of bytes: UnsafeRawBufferPointer, codec: CompressionCodec
  ) -> Int? {
    switch codec {
    case .gzip: Gzip.declaredSize(of: bytes)
    case .zstd: Zstd.declaredSize(of: bytes)
    case .none, .snappy, .lz4: nil
    }
  }

  /// The most that so many bytes can unpack to. Each format has a largest ratio, but for zstd.
  package static func mostBytes(from count: Int, codec: CompressionCodec) -> Int {
    let ratio =
      switch codec {
      case .none: 1
      // A copy of 64 bytes takes 3.
      case .snappy: 22
      // A match grows by 255 a byte.
      case .lz4: 256
      // A match of 258 bytes takes 2 bits.
      case .gzip: 1_033
      case .zstd: Int.max
      }
    let (product, overflow) = count.multipliedReportingOverflow(by: ratio)
    return overflow ? .max : product
  }

  /// The header of an uncompressed batch as it is, followed by its records compressed. The header
  /// must still be sealed.
  static func compressBatch(_ batch: [UInt8], codec: CompressionCodec, level: Int?) -> [UInt8] {
    batch.withUnsafeBytes { batch in
      var output = Array(batch[..<BatchHeader.size])
      let records = UnsafeRawBufferPointer(rebasing: batch[BatchHeader.size...])
      append(records, codec: codec, level: level, to: &output)
      return output
    }
  }

  private static func append(
    _ bytes: UnsafeRawBufferPointer, codec: CompressionCodec, level: Int?, to output: inout [UInt8]
  ) {
    switch codec {
    case .none: output.append(contentsOf: bytes)
    case .gzip: Gzip.compress(bytes, level: level, to: &output)
    case .snappy: Snappy.compress(bytes, to: &output)
    case .lz4: LZ4.compress(bytes, level: level, to: &output)
    case .zstd: Zstd.compress(bytes, level: level, to: &output)
    }
  }
}

extension BatchRejection {
  static func badStream(_ codec: String, _ problem: String) -> BatchRejection {
    .invalidRecord("The records are not a valid \(codec) stream: \(problem).")
  }
}
