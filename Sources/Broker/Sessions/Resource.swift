import ActaModel

/// What rights are about.
package struct Resource: Hashable, Sendable {
  package enum Kind: Hashable, Sendable, CaseIterable {
    case topic
    case group
    case cluster
    case transactionalID
  }

  package let kind: Kind
  package let name: String

  private init(_ kind: Kind, _ name: String) {
    self.kind = kind
    self.name = name
  }

  package static func topic(_ name: String) -> Resource { Resource(.topic, name) }
  package static func group(_ id: String) -> Resource { Resource(.group, id) }
  package static func transactionalID(_ id: String) -> Resource { Resource(.transactionalID, id) }
  /// There is one, and this is what Kafka calls it.
  package static let cluster = Resource(.cluster, "kafka-cluster")
}

extension Resource.Kind {
  /// What Kafka calls the lack of a right to such a resource.
  var refusal: ErrorCode {
    switch self {
    case .topic: .topicAuthorizationFailed
    case .group: .groupAuthorizationFailed
    case .cluster: .clusterAuthorizationFailed
    case .transactionalID: .transactionalIDAuthorizationFailed
    }
  }
}

/// What a principal may do; the raw values are Kafka's codes, which are also the bits in which
/// clients are told.
package enum Operation: Int32, Hashable, Sendable, CaseIterable {
  case read = 3
  case write = 4
  case create = 5
  case delete = 6
  case alter = 7
  case describe = 8
  case clusterAction = 9
  case describeConfigs = 10
  case alterConfigs = 11
  case idempotentWrite = 12

  /// As Kafka's tools write it: `DESCRIBE_CONFIGS`.
  package var name: String {
    switch self {
    case .read: "READ"
    case .write: "WRITE"
    case .create: "CREATE"
    case .delete: "DELETE"
    case .alter: "ALTER"
    case .describe: "DESCRIBE"
    case .clusterAction: "CLUSTER_ACTION"
    case .describeConfigs: "DESCRIBE_CONFIGS"
    case .alterConfigs: "ALTER_CONFIGS"
    case .idempotentWrite: "IDEMPOTENT_WRITE"
    }
  }
}
