/// What a configuration can be set on. The raw values stand in `config_overrides`.
package enum ConfigEntityKind: String, Hashable, Sendable, CaseIterable {
  case topic
  case broker
  case group
  /// A subscription to clients' metrics.
  case clientMetrics = "client_metrics"
}

/// One thing that has a configuration of its own.
package struct ConfigEntity: Hashable, Sendable {
  package let kind: ConfigEntityKind
  private let exactName: ExactText

  /// - Parameter name: Never empty.
  package init(_ kind: ConfigEntityKind, _ name: String) {
    precondition(!name.isEmpty, "what has a configuration has a name")
    self.kind = kind
    exactName = ExactText(name)
  }

  package var name: String { exactName.text }

  package static func topic(_ name: String) -> Self { Self(.topic, name) }
  package static func broker(_ id: Int32) -> Self { Self(.broker, String(id)) }
  /// What holds for every broker that has nothing of its own.
  package static let brokerDefaults = Self(.broker, "<default>")
  package static func group(_ name: String) -> Self { Self(.group, name) }
}
