import ActaModel
import Bytes

/// What `group_members` keeps as JSON, lossless and in an order that depends on nothing:
/// partitions by name `[["topic",0],…]`, by topic id `{"<uuid>":[0,1],…}`, with an epoch each
/// `{"<uuid>":[[0,5],…],…}`, protocols `[["range","<base64>"],…]`, topics `["topic",…]`.
///
/// A `decode` returns `nil` for anything that is not of its shape.
enum GroupColumns {
  static func encode(_ partitions: [TopicPartition]) -> String {
    list(partitions) { partition, text in
      append(name: partition.topic, to: &text)
      text.append(UInt8(ascii: ","))
      append(partition.number, to: &text)
    }
  }

  static func encode(_ protocols: [GroupProtocol]) -> String {
    list(protocols) { proposal, text in
      append(name: proposal.name, to: &text)
      text.append(contentsOf: #",""#.utf8)
      proposal.metadata.withUnsafeBytes { Base64.append($0, to: &text) }
      text.append(UInt8(ascii: "\""))
    }
  }

  static func encode(_ names: [String]) -> String {
    var text: [UInt8] = []
    append(names, between: "[", "]", to: &text) { JSONText.append(string: $0.utf8, to: &$1) }
    return String(decoding: text, as: UTF8.self)
  }

  static func encode(_ partitions: [TopicID: Set<Int32>]) -> String {
    object(partitions) { numbers, text in
      append(numbers.sorted(), between: "[", "]", to: &text) { append($0, to: &$1) }
    }
  }

  static func encode(_ partitions: [TopicID: [Int32: Int32]]) -> String {
    object(partitions) { epochs, text in
      append(epochs.sorted { $0.key < $1.key }, between: "[", "]", to: &text) { pair, text in
        append([pair.key, pair.value], between: "[", "]", to: &text) { append($0, to: &$1) }
      }
    }
  }

  // MARK: Parts

  private static func append(_ number: Int32, to text: inout [UInt8]) {
    text.append(contentsOf: String(number).utf8)
  }

  private static func append(name: String, to text: inout [UInt8]) {
    JSONText.append(string: name.utf8, to: &text)
  }

  /// A list whose elements are lists themselves.
  private static func list<Element>(
    _ elements: [Element], _ append: (Element, inout [UInt8]) -> Void
  ) -> String {
    var text: [UInt8] = []
    self.append(elements, between: "[", "]", to: &text) { element, text in
      text.append(UInt8(ascii: "["))
      append(element, &text)
      text.append(UInt8(ascii: "]"))
    }
    return String(decoding: text, as: UTF8.self)
  }

  private static func object<Value>(
    _ topics: [TopicID: Value], _ append: (Value, inout [UInt8]) -> Void
  ) -> String {
    let members = topics.map { (name: $0.key.description, value: $0.value) }
      .sorted { $0.name < $1.name }
    var text: [UInt8] = []
    self.append(members, between: "{", "}", to: &text) { member, text in
      self.append(name: member.name, to: &text)
      text.append(UInt8(ascii: ":"))
      append(member.value, &text)
    }
    return String(decoding: text, as: UTF8.self)
  }

  private static func append<Element>(
    _ elements: [Element], between open: Unicode.Scalar, _ close: Unicode.Scalar,
    to text: inout [UInt8], _ append: (Element, inout [UInt8]) -> Void
  ) {
    text.append(UInt8(ascii: open))
    for (index, element) in elements.enumerated() {
      if index > 0 { text.append(UInt8(ascii: ",")) }
      append(element, &text)
    }
    text.append(UInt8(ascii: close))
  }
}
