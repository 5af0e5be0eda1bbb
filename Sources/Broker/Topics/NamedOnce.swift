import ActaModel

/// The items of a request that names each thing once at most. What is named twice is in conflict with
/// itself: it is refused as a whole, by one answer, as Kafka does.
struct NamedOnce<Item> {
  /// One for each name, where it came first.
  let items: [Item]
  private let repeated: Set<ExactText>

  init(_ all: [Item], by name: (Item) -> String) {
    var seen: Set<ExactText> = []
    var repeated: Set<ExactText> = []
    items = all.filter { item in
      let isFirst = seen.insert(ExactText(name(item))).inserted
      if !isFirst { repeated.insert(ExactText(name(item))) }
      return isFirst
    }
    self.repeated = repeated
  }

  func check(_ name: String) throws(ProtocolError) {
    guard repeated.contains(ExactText(name)) else { return }
    throw ProtocolError(.invalidRequest, "Duplicate topic name.")
  }
}

extension NamedOnce: Sendable where Item: Sendable {}
