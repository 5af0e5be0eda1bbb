/// The headers of one record, encoded as they stand in a batch, in the order they were appended.
@usableFromInline
package struct RecordHeaders: Equatable, Sendable {
  @usableFromInline package private(set) var count: Int32 = 0
  @usableFromInline package private(set) var bytes: [UInt8] = []

  package init() {}

  package mutating func append(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer?) {
    count += 1
    append(length: Int32(name.count))
    bytes.append(contentsOf: name)
    append(length: value.map { Int32($0.count) } ?? -1)
    if let value { bytes.append(contentsOf: value) }
  }

  package mutating func append(_ header: RecordHeader) {
    header.nameBytes.withUnsafeBytes { name in
      guard let value = header.value else { return append(name: name, value: nil) }
      value.withUnsafeBytes { append(name: name, value: $0) }
    }
  }

  /// Forgets all headers but keeps the memory, for a loop over records.
  package mutating func removeAll() {
    count = 0
    bytes.removeAll(keepingCapacity: true)
  }

  private mutating func append(length: Int32) {
    withUnsafeTemporaryAllocation(byteCount: Varint.maxSize, alignment: 1) { scratch in
      guard var position = scratch.baseAddress else { return }
      let start = position
      Varint.write(length, to: &position)
      bytes.append(contentsOf: UnsafeRawBufferPointer(start: start, count: position - start))
    }
  }
}
