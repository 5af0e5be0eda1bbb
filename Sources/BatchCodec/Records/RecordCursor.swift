/// Walks an uncompressed records section that is not known to be well formed.
///
/// A record (KafkaWire/PROTOCOL.md §5): varint length of what follows; int8 attributes; varlong
/// timestamp delta; varint offset delta; varint key length (-1 null) and key; varint value length
/// (-1 null) and value; varint header count; per header varint name length and name, varint value
/// length (-1 null) and value. Each record must fill its length exactly. After an error the cursor
/// is of no further use.
@usableFromInline
package struct RecordCursor {
  @usableFromInline var reader: RecordReader

  /// `records` must outlive the cursor and the views it gives.
  @inlinable
  package init(_ records: UnsafeRawBufferPointer) {
    reader = RecordReader(records)
  }

  @inlinable
  package var isAtEnd: Bool { reader.position == reader.end }

  /// Bytes of the section that are still to be read.
  @inlinable
  package var remaining: Int { reader.remaining }

  /// The next record, or `nil` at the end of the section.
  @inlinable
  package mutating func next() throws(RecordFormatError) -> RecordView? {
    guard !isAtEnd else { return nil }
    var body = try reader.readRecordBody()
    let record = try body.readRecord()
    var headers = RecordReader(record.headerBytes)
    if record.headerCount != 0 { try headers.skipHeaders(record.headerCount) }
    guard headers.position == headers.end else { throw .lengthMismatch }
    return record
  }
}

extension RecordReader {
  @inlinable
  init(_ bytes: UnsafeRawBufferPointer) {
    // An empty buffer may have no address; any will do to stand for "at the end".
    let start = bytes.baseAddress ?? UnsafeRawPointer(bitPattern: 1).unsafelyUnwrapped
    self.init(from: start, to: start + bytes.count)
  }

  @inlinable
  mutating func readRecordBody() throws(RecordFormatError) -> RecordReader {
    let length = try readVarint()
    guard length >= 0 else { throw .negativeLength }
    let bytes = try readBytes(Int(length))
    return RecordReader(bytes)
  }

  /// The record whose body this reader covers; its headers are left unread.
  @inlinable
  mutating func readRecord() throws(RecordFormatError) -> RecordView {
    let attributes = Int8(bitPattern: try readByte())
    let timestampDelta = try readVarlong()
    let tail = UnsafeRawBufferPointer(start: position, count: remaining)
    let offsetDelta = try readVarint()
    let key = try readNullableBytes()
    let value = try readNullableBytes()
    let headerCount = try readVarint()
    return RecordView(
      attributes: attributes, timestampDelta: timestampDelta, offsetDelta: offsetDelta, key: key,
      value: value, headerCount: headerCount,
      headerBytes: UnsafeRawBufferPointer(start: position, count: remaining), tail: tail)
  }

  @usableFromInline
  mutating func skipHeaders(_ count: Int32) throws(RecordFormatError) {
    guard count >= 0 else { throw .negativeHeaderCount }
    // A header takes two bytes at least, so a count that cannot be true is refused up front.
    guard Int(count) <= remaining / 2 else { throw .truncated }
    for _ in 0..<count { _ = try readHeader() }
  }

  @usableFromInline
  mutating func readHeader() throws(RecordFormatError) -> HeaderView {
    let nameLength = try readVarint()
    guard nameLength >= 0 else { throw .negativeLength }
    let name = try readBytes(Int(nameLength))
    return HeaderView(name: name, value: try readNullableBytes())
  }
}
