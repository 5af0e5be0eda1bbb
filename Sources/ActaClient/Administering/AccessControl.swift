/// What access rules are about.
public struct ACLResource: Hashable, Sendable {
  /// What a rule may be about. Numbers are the protocol's.
  public enum Kind: Int8, CaseIterable, Sendable {
    /// A kind that this client has never heard of.
    case unknown = 0
    /// Only in filters: whatever it is.
    case any
    /// By its name.
    case topic
    /// By `group.id`.
    case group
    /// The cluster itself, by the name `kafka-cluster`.
    case cluster
    /// By `transactional.id`.
    case transactionalID
    /// By its id.
    case delegationToken
    /// By its principal: whose tokens are made or described.
    case user
  }

  /// How a rule's name is held against that of a resource. Numbers are the protocol's.
  public enum PatternType: Int8, CaseIterable, Sendable {
    /// A type that this client has never heard of.
    case unknown = 0
    /// Only in filters: whatever the pattern.
    case any
    /// Only in filters: whatever would hold for the name.
    case match
    /// The name as it stands; `*` is every name.
    case literal
    /// All names that begin so.
    case prefixed
  }

  /// What it is.
  public var kind: Kind
  /// `kafka-cluster` for the cluster.
  public var name: String
  /// How `name` is meant.
  public var patternType: PatternType

  /// A resource, or all whose names begin so (`.prefixed`).
  public init(_ kind: Kind, _ name: String, _ patternType: PatternType = .literal) {
    self.kind = kind
    self.name = name
    self.patternType = patternType
  }

  /// The cluster itself.
  public static var cluster: Self { Self(.cluster, "kafka-cluster") }
}

/// What somebody may do.
public enum ACLOperation: Int8, CaseIterable, Sendable {
  /// An operation that this client has never heard of.
  case unknown = 0
  /// Only in filters: whatever is done.
  case any
  /// Everything that there is to do with the resource.
  case all
  /// Kafka's operations, by their names.
  case read, write, create, delete, alter, describe, clusterAction, describeConfigs
  /// More of them, in the protocol's order.
  case alterConfigs, idempotentWrite, createTokens, describeTokens, twoPhaseCommit
}

/// Whether a rule allows or denies. Where both hold, it is denied. Numbers are the protocol's.
public enum ACLPermission: Int8, CaseIterable, Sendable {
  /// Something that this client has never heard of.
  case unknown = 0
  /// Only in filters: whichever it is.
  case any
  /// What a rule does.
  case deny, allow
}

/// An access rule: who may, or may not, do what, with what, from where.
public struct ACLBinding: Hashable, Sendable {
  /// With what.
  public var resource: ACLResource
  /// `User:alice`; `User:*` is everybody.
  public var principal: String
  /// An address; `*` is any.
  public var host: String
  /// Does what.
  public var operation: ACLOperation
  /// May, or may not.
  public var permission: ACLPermission

  /// A rule; without more it allows the operation from every host.
  public init(
    _ resource: ACLResource, principal: String, host: String = "*", _ operation: ACLOperation,
    _ permission: ACLPermission = .allow
  ) {
    self.resource = resource
    self.principal = principal
    self.host = host
    self.operation = operation
    self.permission = permission
  }
}

/// Which access rules are meant; `nil` and `any` are whatever there is.
public struct ACLBindingFilter: Hashable, Sendable {
  /// The kind of resource.
  public var resourceKind = ACLResource.Kind.any
  /// The name that stands in the rule, or with `.match` one that the rule would hold for.
  public var resourceName: String?
  /// How the rule's name is meant.
  public var patternType = ACLResource.PatternType.any
  /// Who: `User:alice`.
  public var principal: String?
  /// From where.
  public var host: String?
  /// What is done.
  public var operation = ACLOperation.any
  /// Whether that is allowed.
  public var permission = ACLPermission.any

  /// All rules.
  public init() {}

  /// The rule itself.
  public init(_ binding: ACLBinding) {
    resourceKind = binding.resource.kind
    resourceName = binding.resource.name
    patternType = binding.resource.patternType
    principal = binding.principal
    host = binding.host
    operation = binding.operation
    permission = binding.permission
  }
}

/// A rule that passed a filter, and was to go.
public struct DeletedACL: Hashable, Sendable {
  /// The rule.
  public let binding: ACLBinding
  /// Why it is still there; `nil` if it is not.
  public let error: KafkaError?
}
