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
    let rest = batch.bytes[BatchHeader.size...]
    // What was built here, a marker, has room for more behind it.
    self.rest = rest.capacity > rest.count * 2 ? Array(rest)[...] : rest
  }

  /// As the header says.
  package var codec: CompressionCodec? {
    let at = BatchHeader.checksummedFrom
    return BatchAttributes(rawValue: Int16(head[at]) << 8 | Int16(head[at + 1])).codec
  }

  package var count: Int { head.count + rest.count }

  /// Bytes of memory that it takes if nobody else has it: its arrays, what Swift has before their elements and
  /// `malloc` before both.
  package var footprint: Int {
    Self.block(head.capacity) + (rest.isEmpty ? 0 : Self.block(rest.startIndex + rest.capacity))
  }

  private static func block(_ bytes: Int) -> Int { (bytes + 32 + 8 + 15) & ~15 }

  /// In one piece, copied if it is in two.
  package var contiguous: [UInt8] { rest.isEmpty ? head : head + rest }
}
