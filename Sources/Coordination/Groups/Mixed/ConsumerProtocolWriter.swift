package import ActaModel

/// Writes the fields of the consumer protocol's messages.
package struct ConsumerProtocolWriter {
  package private(set) var bytes: [UInt8] = []

  package init() {}

  package mutating func write(_ value: some FixedWidthInteger) {
    withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
  }

  package mutating func write(_ text: String) {
    precondition(text.utf8.count <= Int16.max, "a string of \(text.utf8.count) bytes")
    write(Int16(text.utf8.count))
    bytes.append(contentsOf: text.utf8)
  }

  package mutating func writeNullable(_ text: String?) {
    if let text { write(text) } else { write(Int16(-1)) }
  }

  package mutating func write(_ data: [UInt8]?) {
    write(data.map { Int32($0.count) } ?? -1)
    bytes.append(contentsOf: data ?? [])
  }

  /// By topic, in the order in which the topics first appear.
  package mutating func write(_ partitions: [TopicPartition]) {
    var topics: [String] = []
    var numbers: [String: [Int32]] = [:]
    for partition in partitions {
      if numbers[partition.topic] == nil { topics.append(partition.topic) }
      numbers[partition.topic, default: []].append(partition.number)
    }
    write(Int32(topics.count))
    for topic in topics {
      let numbers = numbers[topic, default: []]
      write(topic)
      write(Int32(numbers.count))
      for number in numbers { write(number) }
    }
  }
}
