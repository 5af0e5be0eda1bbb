import ActaModel

/// The kinds of resources that have a configuration, by the numbers that requests name them with.
enum ConfigResourceKind: Int8, Hashable, Sendable, CaseIterable {
  case topic = 2
  case broker = 4
  case brokerLogger = 8
  case clientMetrics = 16
  case group = 32

  /// What rights are about that are asked for a resource of this kind.
  func resource(named name: String) -> Resource {
    switch self {
    case .topic: .topic(name)
    case .group: .group(name)
    case .broker, .brokerLogger, .clientMetrics: .cluster
    }
  }
}

/// A resource as a request names it, to tell repeats.
struct ConfigResourceKey: Hashable, Sendable {
  let type: Int8
  let name: ExactText

  init(_ type: Int8, _ name: String) {
    self.type = type
    self.name = ExactText(name)
  }
}
