/// Whom a quota is for: a user, a client id, both together, or an address. A part without a name is the default for
/// all that have no quota of their own.
public struct ClientQuotaEntity: Hashable, Sendable {
  /// One thing by which clients are told apart; without a name it is the default.
  public enum Part: Hashable, Sendable {
    /// The principal's name.
    case user(String?)
    /// `client.id`.
    case clientID(String?)
    /// The address that the client comes from.
    case ip(String?)
    /// Of a type that this client has never heard of.
    case other(type: String, name: String?)
  }

  /// All of them hold together.
  public let parts: Set<Part>

  /// Several parts together: a user with a client id.
  public init(_ parts: Set<Part>) { self.parts = parts }

  /// One part by itself.
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
  /// What a part's name must be.
  public enum Match: Hashable, Sendable {
    /// This one.
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

  /// Entities whose parts are so; without `isStrict` they may have others beside them.
  public init(_ components: [String: Match], isStrict: Bool = false) {
    self.components = components
    self.isStrict = isStrict
  }

  /// All quotas there are.
  public static var all: Self { Self([:]) }
}

/// What is to become of a quota.
public enum ClientQuotaChange: Hashable, Sendable {
  /// The quota is this: bytes a second for rates of bytes, percent for `request_percentage`, a number a second for
  /// rates of mutations and connections.
  case set(Double)
  /// There is none any more, and the next general one holds.
  case remove
}
