/// What has a configuration.
public struct ConfigResource: Hashable, Sendable {
  public enum Kind: Int8, CaseIterable, Sendable {
    case topic = 2
    case broker = 4
    /// The levels of a broker's loggers.
    case brokerLogger = 8
    case clientMetrics = 16
    case group = 32
  }

  public let kind: Kind
  /// A topic's or group's name, a broker's id; empty for what all brokers share.
  public let name: String

  public init(_ kind: Kind, _ name: String) {
    self.kind = kind
    self.name = name
  }

  public static func topic(_ name: String) -> Self { Self(.topic, name) }

  public static func broker(_ id: Int32) -> Self { Self(.broker, "\(id)") }

  /// What all brokers share that was set at run time.
  public static var brokerDefaults: Self { Self(.broker, "") }

  public static func brokerLogger(_ id: Int32) -> Self { Self(.brokerLogger, "\(id)") }

  public static func clientMetrics(_ name: String) -> Self { Self(.clientMetrics, name) }

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
