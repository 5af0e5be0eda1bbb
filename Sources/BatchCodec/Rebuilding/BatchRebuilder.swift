/// Builds the bytes of a batch from its rows. From the rows of an uncompressed batch that was
/// accepted, and its header, the very same bytes come out (unless its records had attributes, which
/// nobody reads, or it is LogAppendTime: then all timestamp deltas are 0 and the base timestamp is
/// the max timestamp).
///
/// Offsets may have gaps, so the record count is the number of rows appended, while the last offset
/// delta is the header's.
@usableFromInline
package struct BatchRebuilder: Sendable {
  /// What the batch will say of itself. Length, CRC, record count and codec are worked out by
  /// `finish`; the base timestamp must not change once a row was appended.
  package var header: BatchHeader
  /// Rows appended.
  @usableFromInline package private(set) var count: Int32 = 0

  @usableFromInline let baseOffset: Int64
  @usableFromInline let baseTimestamp: Int64
  @usableFromInline let usesLogAppendTime: Bool
  /// Filled up to `end`; what follows is room.
  @usableFromInline var buffer: [UInt8]
  @usableFromInline var end = BatchHeader.size

  /// With `recordsSize` the size of the records section, where it is known, the buffer is made once
  /// and of the right size; with `capacity` there is room for as many bytes of records before it grows.
  package init(header: BatchHeader, recordsSize: Int = 0, capacity: Int = 0) {
    self.header = header
    baseOffset = header.baseOffset
    usesLogAppendTime = header.attributes.contains(.logAppendTime)
    baseTimestamp = usesLogAppendTime ? header.maxTimestamp : header.baseTimestamp
    self.header.baseTimestamp = baseTimestamp
    buffer = []
    buffer.reserveCapacity(BatchHeader.size + max(recordsSize, capacity))
    buffer.appendZeros(BatchHeader.size + recordsSize)
  }

  /// Bytes of the records section so far. A batch must stay below 2 GiB: look here first when rows
  /// come from a file that others can write.
  package var recordsSize: Int { end - BatchHeader.size }

  /// Appends one row; rows come in order of their offsets, which lie in the batch.
  @inlinable
  package mutating func append(
    offset: Int64, timestamp: Int64, key: UnsafeRawBufferPointer?, value: UnsafeRawBufferPointer?,
    headerCount: Int32 = 0,
    headerBytes: UnsafeRawBufferPointer = UnsafeRawBufferPointer(start: nil, count: 0)
  ) {
    // Rows that were changed by hand may say anything; a delta that wraps is caught by the CRC.
    let timestampDelta = usesLogAppendTime ? 0 : timestamp &- baseTimestamp
    let offsetDelta = Int32(truncatingIfNeeded: offset &- baseOffset)
    let keyLength = key.map(\.count) ?? 0
    let valueLength = value.map(\.count) ?? 0
    let keyField = key == nil ? -1 : Int64(keyLength)
    let valueField = value == nil ? -1 : Int64(valueLength)
    let bodySize =
      1 + Varint.size(timestampDelta) + Varint.size(offsetDelta)
      + Varint.size(keyField) + keyLength + Varint.size(valueField) + valueLength
      + Varint.size(headerCount) + headerBytes.count
    let needed = Varint.size(Int64(bodySize)) + bodySize
    if buffer.count - end < needed { makeRoom(for: needed) }
    buffer.withUnsafeMutableBytes { buffer in
      guard let start = buffer.baseAddress else { return }
      var position = start + end
      Varint.write(Int64(bodySize), to: &position)
      position.storeBytes(of: 0, as: UInt8.self)
      position += 1
      Varint.write(timestampDelta, to: &position)
      Varint.write(offsetDelta, to: &position)
      Varint.write(keyField, to: &position)
      Self.copy(key, to: &position)
      Varint.write(valueField, to: &position)
      Self.copy(value, to: &position)
      Varint.write(headerCount, to: &position)
      Self.copy(headerBytes, to: &position)
    }
    end += needed
    count &+= 1
  }

  package mutating func append(
    offset: Int64, timestamp: Int64, key: UnsafeRawBufferPointer?, value: UnsafeRawBufferPointer?,
    headers: RecordHeaders
  ) {
    headers.bytes.withUnsafeBytes {
      append(
        offset: offset, timestamp: timestamp, key: key, value: value, headerCount: headers.count,
        headerBytes: $0)
    }
  }

  /// The batch, its records compressed with `compression` if that is given, and the CRC-32C of its
  /// uncompressed records section, which is `ProducedBatch.recordsCRC` if the rows are as they were.
  package consuming func finish(
    compression: CompressionCodec? = nil, level: Int? = nil
  ) -> (bytes: [UInt8], recordsCRC: UInt32) {
    let recordsCRC = buffer.withUnsafeBytes {
      CRC32C.checksum(UnsafeRawBufferPointer(rebasing: $0[BatchHeader.size..<end]))
    }
    return (seal(compression: compression, level: level), recordsCRC)
  }

  /// The batch, for whoever does not want that checksum.
  package consuming func seal(compression: CompressionCodec? = nil, level: Int? = nil) -> [UInt8] {
    // Moved out of the builder: two owners would make the sealing copy it.
    var bytes: [UInt8] = []
    swap(&bytes, &buffer)
    bytes.removeLast(bytes.count - end)
    let codec = compression ?? .none
    if codec != .none {
      bytes = Compression.compressBatch(bytes, codec: codec, level: level)
    }
    header.attributes = header.attributes.with(codec)
    header.recordCount = count
    header.seal(&bytes)
    return bytes
  }

  @inlinable
  static func copy(
    _ bytes: UnsafeRawBufferPointer?, to position: inout UnsafeMutableRawPointer
  ) {
    guard let bytes, let start = bytes.baseAddress else { return }
    position.copyMemory(from: start, byteCount: bytes.count)
    position += bytes.count
  }

  @usableFromInline
  mutating func makeRoom(for needed: Int) {
    let room = buffer.capacity - buffer.count
    let wanted = max(needed, buffer.count, 4096)
    // Room that is there already is used up before there is more.
    let growth = room >= needed ? min(wanted, room) : wanted
    buffer.reserveCapacity(buffer.count + growth)
    buffer.appendZeros(growth)
  }
}
