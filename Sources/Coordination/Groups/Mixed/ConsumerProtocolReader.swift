package import ActaModel

/// Reads the fields of the consumer protocol's messages, from bytes that may be anything: `nil` is
/// "not such a message", and nothing is allocated for more elements than there are bytes.
package struct ConsumerProtocolReader {
  private var rest: ArraySlice<UInt8>

  package init(_ bytes: [UInt8]) { rest = bytes[...] }

  /// A field that may be null and was read.
  package struct Nullable<Value> {
    package let value: Value?
  }

  package mutating func readInt16() -> Int16? { readInteger(Int16.self) }
  package mutating func readInt32() -> Int32? { readInteger(Int32.self) }

  package mutating func readString() -> String? { readNullableString()?.value }

  package mutating func readNullableString() -> Nullable<String>? {
    guard let length = readInt16() else { return nil }
    if length == -1 { return Nullable(value: nil) }
    // A text with a zero byte in it is no topic's name, and no good to the tables. Other bytes that
    // are no text become it as in the requests themselves.
    guard let bytes = take(Int(length)), !bytes.contains(0) else { return nil }
    return Nullable(value: String(decoding: bytes, as: UTF8.self))
  }

  package mutating func readNullableBytes() -> Nullable<[UInt8]>? {
    guard let length = readInt32() else { return nil }
    if length == -1 { return Nullable(value: nil) }
    return take(Int(length)).map { Nullable(value: Array($0)) }
  }

  package mutating func readPartitions() -> [TopicPartition]? {
    let topics = readArray(minimumBytesEach: 6) { reader -> [TopicPartition]? in
      guard let topic = reader.readString() else { return nil }
      return reader.readArray(minimumBytesEach: 4) { reader in
        reader.readInt32().map { TopicPartition(topic: topic, number: $0) }
      }
    }
    return topics.map { Array($0.joined()) }
  }

  package mutating func readArray<Element>(
    minimumBytesEach: Int, _ readElement: (inout Self) -> Element?
  ) -> [Element]? {
    guard let count = readInt32(), count >= 0, Int(count) * minimumBytesEach <= rest.count else {
      return nil
    }
    var elements: [Element] = []
    elements.reserveCapacity(Int(count))
    for _ in 0..<count {
      guard let element = readElement(&self) else { return nil }
      elements.append(element)
    }
    return elements
  }

  private mutating func readInteger<Value: FixedWidthInteger>(_ type: Value.Type) -> Value? {
    take(MemoryLayout<Value>.size)?.reduce(0) { $0 << 8 | Value(truncatingIfNeeded: $1) }
  }

  private mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
    guard count >= 0, count <= rest.count else { return nil }
    defer { rest.removeFirst(count) }
    return rest.prefix(count)
  }
}
