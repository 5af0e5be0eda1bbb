package import ActaModel
package import BatchCodec

/// A whole batch as consumers get it. Its stamped header may stand apart from the rest, so that the
/// bytes that a producer sent need not be copied to be stamped.
package struct BatchBytes: Equatable, Sendable {
  /// The header, or the whole batch.
  package let head: [UInt8]
  package let rest: ArraySlice<UInt8>

  /// A batch that is stamped already.
  package init(_ whole: [UInt8]) {
    head = whole
    rest = []
  }

  /// `batch` with its place in the log.
  package init(_ batch: ProducedBatch, at placement: BatchPlacement) {
    var header = batch.header
    header.baseOffset = placement.baseOffset.value
    header.leaderEpoch = placement.leaderEpoch.value
    head = [UInt8](unsafeUninitializedCapacity: BatchHeader.size) { bytes, count in
      header.write(into: UnsafeMutableRawBufferPointer(bytes))
      count = BatchHeader.size
    }
    rest = batch.bytes[BatchHeader.size...]
  }

  /// As the header says.
  package var codec: CompressionCodec? {
    let at = BatchHeader.checksummedFrom
    return BatchAttributes(rawValue: Int16(head[at]) << 8 | Int16(head[at + 1])).codec
  }

  package var count: Int { head.count + rest.count }

  /// In one piece, copied if it is in two.
  package var contiguous: [UInt8] { rest.isEmpty ? head : head + rest }
}
