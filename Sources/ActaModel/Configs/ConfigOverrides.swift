import Synchronization

/// What is set on brokers, groups and the rest, as of one moment; what is set on a topic stands in the
/// catalog with the topic.
package final class ConfigOverrides: Sendable {
  /// Larger than that of every one before it in this process.
  package let version: UInt64
  private let values: [ConfigEntity: [String: String]]
  private static let versions = Atomic<UInt64>(0)

  package init(_ values: [ConfigEntity: [String: String]] = [:]) {
    self.values = values.filter { $0.key.kind != .topic && !$0.value.isEmpty }
    version = Self.versions.add(1, ordering: .relaxed).newValue
  }

  /// Text by key; empty where nothing is set.
  package subscript(entity: ConfigEntity) -> [String: String] { values[entity] ?? [:] }

  package func count(of kind: ConfigEntityKind) -> Int { values.keys.count { $0.kind == kind } }

  /// Those of a kind on which something is set, by name.
  package func entities(of kind: ConfigEntityKind) -> [ConfigEntity] {
    values.keys.filter { $0.kind == kind }
      .sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
  }
}
