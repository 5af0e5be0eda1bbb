import ActaModel

/// The items of a request that names each thing once at most. What is named twice is in conflict with
/// itself: it is refused as a whole, by one answer, as Kafka does.
struct NamedOnce<Item> {
  /// One for each name, where it came first.
  let items: [Item]
  private let repeated: Set<ExactText>

  init(_ all: [Item], by name: (Item) -> String) {
    let names = Distinct(all.map { ExactText(name($0)) })
    var items: [Item] = []
    for (item, place) in zip(all, names.places) where place == items.count { items.append(item) }
    self.items = items
    repeated = Set(zip(names.items, names.counts).filter { $0.1 > 1 }.map { $0.0 })
  }

  func check(_ name: String) throws(ProtocolError) {
    guard repeated.contains(ExactText(name)) else { return }
    throw ProtocolError(.invalidRequest, "Duplicate topic name.")
  }
}

extension NamedOnce: Sendable where Item: Sendable {}
