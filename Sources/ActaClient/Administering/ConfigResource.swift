/// What has a configuration.
public struct ConfigResource: Hashable, Sendable {
  /// What kind of thing. Numbers are the protocol's.
  public enum Kind: Int8, CaseIterable, Sendable {
    /// A topic.
    case topic = 2
    /// A broker, or all of them.
    case broker = 4
    /// The levels of a broker's loggers.
    case brokerLogger = 8
    /// A subscription to clients' metrics.
    case clientMetrics = 16
    /// A group.
    case group = 32
  }

  /// What it is.
  public let kind: Kind
  /// A topic's or group's name, a broker's id; empty for what all brokers share.
  public let name: String

  /// What is called so.
  public init(_ kind: Kind, _ name: String) {
    self.kind = kind
    self.name = name
  }

  /// A topic, by its name.
  public static func topic(_ name: String) -> Self { Self(.topic, name) }

  /// A broker, by its id.
  public static func broker(_ id: Int32) -> Self { Self(.broker, "\(id)") }

  /// What all brokers share that was set at run time.
  public static var brokerDefaults: Self { Self(.broker, "") }

  /// The loggers of a broker, by its id.
  public static func brokerLogger(_ id: Int32) -> Self { Self(.brokerLogger, "\(id)") }

  /// A subscription to clients' metrics, by its name.
  public static func clientMetrics(_ name: String) -> Self { Self(.clientMetrics, name) }

  /// A group, by its id.
  public static func group(_ id: String) -> Self { Self(.group, id) }
}

extension ConfigResource: CustomStringConvertible {
  public var description: String {
    switch kind {
    case .topic: "topic \(name)"
    case .broker: name.isEmpty ? "the brokers' defaults" : "broker \(name)"
    case .brokerLogger: "broker logger \(name)"
    case .clientMetrics: "client metrics \(name)"
    case .group: "group \(name)"
    }
  }
}

extension ConfigResource {
  /// The one broker that knows of it; `nil`: all do.
  var broker: Int32? {
    switch kind {
    case .broker, .brokerLogger: Int32(name)
    case .topic, .clientMetrics, .group: nil
    }
  }
}
