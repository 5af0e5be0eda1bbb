import ActaModel
import Bytes

extension GroupColumns {
  static func partitions(_ text: UnsafeRawBufferPointer) -> [TopicPartition]? {
    decode(text) { cursor in
      cursor.array { cursor in
        guard cursor.take("["), let topic = cursor.text(), cursor.take(","),
          let number = int32(&cursor), cursor.take("]")
        else { return nil }
        return TopicPartition(topic: topic, number: number)
      }
    }
  }

  static func protocols(_ text: UnsafeRawBufferPointer) -> [GroupProtocol]? {
    decode(text) { cursor in
      cursor.array { cursor in
        guard cursor.take("["), let name = cursor.text(), cursor.take(","),
          let metadata = cursor.string().flatMap({ Base64.decode($0) }), cursor.take("]")
        else { return nil }
        return GroupProtocol(name: name, metadata: metadata)
      }
    }
  }

  static func names(_ text: UnsafeRawBufferPointer) -> [String]? {
    decode(text) { cursor in cursor.array { $0.text() } }
  }

  static func numbers(_ text: UnsafeRawBufferPointer) -> [TopicID: Set<Int32>]? {
    byTopic(text) { cursor in cursor.array { int32(&$0) }.map { Set($0) } }
  }

  static func epochs(_ text: UnsafeRawBufferPointer) -> [TopicID: [Int32: Int32]]? {
    byTopic(text) { cursor in
      let pairs = cursor.array { cursor -> (Int32, Int32)? in
        guard cursor.take("["), let number = int32(&cursor), cursor.take(","),
          let epoch = int32(&cursor), cursor.take("]")
        else { return nil }
        return (number, epoch)
      }
      return pairs.map { Dictionary($0, uniquingKeysWith: { _, last in last }) }
    }
  }

  // MARK: Parts

  private static func decode<Value>(
    _ text: UnsafeRawBufferPointer, _ parse: (inout JSONCursor) -> Value?
  ) -> Value? {
    var cursor = JSONCursor(text)
    guard let value = parse(&cursor), cursor.isAtEnd() else { return nil }
    return value
  }

  private static func byTopic<Value>(
    _ text: UnsafeRawBufferPointer, _ value: (inout JSONCursor) -> Value?
  ) -> [TopicID: Value]? {
    guard let members = decode(text, { $0.object(value) }) else { return nil }
    var topics: [TopicID: Value] = [:]
    for member in members {
      guard let id = TopicID(canonical: member.name) else { return nil }
      topics[id] = member.value
    }
    return topics
  }

  private static func int32(_ cursor: inout JSONCursor) -> Int32? {
    cursor.integer().flatMap { Int32(exactly: $0) }
  }
}
