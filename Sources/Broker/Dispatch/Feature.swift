import ActaModel

/// What clients and tools may learn of a cluster's abilities, by Kafka's names (KafkaWire/PROTOCOL.md §4).
/// They are those of this release: none can be raised or lowered.
struct Feature: Sendable {
  let name: String
  let supported: ClosedRange<Int16>
  /// What is in use; not told where it is 0.
  let level: Int16

  static let all = [
    // 1: the consumer group protocol of KIP-848 is on.
    Feature(name: "group.version", supported: 0...1, level: 1),
    // 0: who votes among the controllers is given, and not a matter of records.
    Feature(name: "kraft.version", supported: 0...0, level: 0),
    // 4.4-IV2: the release whose APIs these are. Tools print it; no client decides by it.
    Feature(name: "metadata.version", supported: 33...33, level: 33),
    // 2: each end of a transaction raises its producer's epoch, and writing joins it (KIP-890). Clients
    // that do not look here go by the first generation, which is served as well.
    Feature(name: "transaction.version", supported: 0...2, level: 2),
  ]

  /// In Kafka's order and words. What it says is behind the version and the name.
  static func objection(
    to name: String, _ level: Int16, _ kind: UpdateKind, node: Int32
  ) -> String? {
    if kind == .unknown { return "The controller does not support the given upgrade type." }
    if level < 0 { return "A feature version cannot be less than 0." }
    guard let feature = all.first(where: { $0.name == name }) else {
      return level == 0
        ? "Feature \(name) not found." : "Local controller \(node) does not support this feature."
    }
    return feature.objection(to: level, kind, node)
  }

  enum UpdateKind: Int8, Sendable {
    case unknown = 0
    case upgrade = 1
    case safeDowngrade = 2
    case unsafeDowngrade = 3
  }

  private func objection(
    to wanted: Int16, _ kind: UpdateKind, _ node: Int32
  ) -> String? {
    guard supported.contains(wanted) else {
      return "Local controller \(node) only supports versions \(supported.lowerBound)"
        + "-\(supported.upperBound)"
    }
    if wanted < level, kind == .upgrade {
      return "Can't downgrade the version of this feature without setting the upgrade type to"
        + " either safe or unsafe downgrade."
    }
    if wanted > level, kind != .upgrade { return "Can't downgrade to a newer version." }
    return wanted == level ? nil : "The features of this broker are those of its release."
  }
}
