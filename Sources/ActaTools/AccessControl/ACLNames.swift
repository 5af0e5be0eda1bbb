import ActaClient

// Access rules as Java writes them.

extension ACLResource {
  /// `ResourcePattern(resourceType=TOPIC, name=orders, patternType=LITERAL)`.
  var javaText: String {
    "ResourcePattern(resourceType=\(kind.javaName), name=\(name), patternType=\(patternType.javaName))"
  }
}

extension ACLBinding {
  /// `(principal=User:alice, host=*, operation=READ, permissionType=ALLOW)`.
  var javaEntry: String {
    "(principal=\(principal), host=\(host), operation=\(operation.javaName), "
      + "permissionType=\(permission.javaName))"
  }

  var javaText: String { "(pattern=\(resource.javaText), entry=\(javaEntry))" }

  var json: JSONValue {
    .object([
      ("resourceType", .string(resource.kind.javaName)), ("name", .string(resource.name)),
      ("patternType", .string(resource.patternType.javaName)), ("principal", .string(principal)),
      ("host", .string(host)), ("operation", .string(operation.javaName)),
      ("permissionType", .string(permission.javaName)),
    ])
  }
}

extension ACLResource.Kind {
  var javaName: String {
    switch self {
    case .unknown: "UNKNOWN"
    case .any: "ANY"
    case .topic: "TOPIC"
    case .group: "GROUP"
    case .cluster: "CLUSTER"
    case .transactionalID: "TRANSACTIONAL_ID"
    case .delegationToken: "DELEGATION_TOKEN"
    case .user: "USER"
    }
  }

  /// What can be done with it, besides everything.
  var operations: [ACLOperation] {
    switch self {
    case .topic:
      [.read, .write, .create, .delete, .alter, .describe, .describeConfigs, .alterConfigs]
    case .group: [.read, .delete, .describe, .describeConfigs, .alterConfigs]
    case .cluster:
      [
        .create, .alter, .describe, .clusterAction, .describeConfigs, .alterConfigs,
        .idempotentWrite,
      ]
    case .transactionalID: [.write, .describe, .twoPhaseCommit]
    case .delegationToken: [.describe]
    case .user: [.createTokens, .describeTokens]
    case .unknown, .any: []
    }
  }
}

extension ACLResource.PatternType {
  var javaName: String {
    switch self {
    case .unknown: "UNKNOWN"
    case .any: "ANY"
    case .match: "MATCH"
    case .literal: "LITERAL"
    case .prefixed: "PREFIXED"
    }
  }
}

extension ACLOperation {
  var javaName: String {
    switch self {
    case .unknown: "UNKNOWN"
    case .any: "ANY"
    case .all: "ALL"
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
    case .createTokens: "CREATE_TOKENS"
    case .describeTokens: "DESCRIBE_TOKENS"
    case .twoPhaseCommit: "TWO_PHASE_COMMIT"
    }
  }

  /// From `ClusterAction`, in any case; `unknown` for what is none.
  init(spelled text: String) {
    let letters = text.trimmingBlanks.lowercased()
    self =
      Self.allCases.first { operation in
        operation.javaName.lowercased().utf8.filter { $0 != UInt8(ascii: "_") }
          .elementsEqual(letters.utf8)
      } ?? .unknown
  }
}

extension ACLPermission {
  var javaName: String {
    switch self {
    case .unknown: "UNKNOWN"
    case .any: "ANY"
    case .deny: "DENY"
    case .allow: "ALLOW"
    }
  }
}
