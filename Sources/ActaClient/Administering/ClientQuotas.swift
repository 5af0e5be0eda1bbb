/// Whom a quota is for: a user, a client id, both together, or an address. A part without a name is the default for
/// all that have no quota of their own.
public struct ClientQuotaEntity: Hashable, Sendable {
  public enum Part: Hashable, Sendable {
    case user(String?)
    case clientID(String?)
    case ip(String?)
    /// Of a type that this client has never heard of.
    case other(type: String, name: String?)
  }

  public let parts: Set<Part>

  public init(_ parts: Set<Part>) { self.parts = parts }

  public init(_ part: Part) { self.init([part]) }
}

extension ClientQuotaEntity: CustomStringConvertible {
  public var description: String {
    parts.map { part in
      let (type, name) = part.words
      return "\(type) \(name ?? "(default)")"
    }.sorted().joined(separator: ", ")
  }
}

extension ClientQuotaEntity.Part {
  /// As the protocol spells it.
  var words: (type: String, name: String?) {
    switch self {
    case .user(let name): ("user", name)
    case .clientID(let name): ("client-id", name)
    case .ip(let name): ("ip", name)
    case .other(let type, let name): (type, name)
    }
  }
}

/// Which quotas are asked for.
public struct ClientQuotaFilter: Hashable, Sendable {
  public enum Match: Hashable, Sendable {
    case name(String)
    /// The default's.
    case `default`
    /// Those of names and the default's.
    case any
  }

  /// What must hold of a type of part: `user`, `client-id`, `ip`.
  public var components: [String: Match]
  /// Whether entities with other parts beside these are left out.
  public var isStrict: Bool

  public init(_ components: [String: Match], isStrict: Bool = false) {
    self.components = components
    self.isStrict = isStrict
  }

  public static var all: Self { Self([:]) }
}

/// What is to become of a quota.
public enum ClientQuotaChange: Hashable, Sendable {
  case set(Double)
  case remove
}
