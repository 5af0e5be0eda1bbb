import ActaClient
import Arguments

/// Which resources the words name, and which rules for each.
struct ACLRequest {
  private typealias Options = ACLOptions

  private let invocation: Invocation
  private let patternType: ACLResource.PatternType

  init(_ invocation: Invocation) {
    self.invocation = invocation
    patternType = invocation[Options.patternType].value
  }

  /// In no case twice.
  var resources: [ACLResource] {
    var resources: [ACLResource] = []
    let named: [(ACLResource.Kind, Option<[String]>)] = [
      (.topic, Options.topic), (.group, Options.group), (.transactionalID, Options.transactionalID),
      (.delegationToken, Options.delegationToken), (.user, Options.userPrincipal),
    ]
    for (kind, option) in named {
      resources += invocation[option].map { ACLResource(kind, $0.trimmingBlanks, patternType) }
    }
    let isCluster = invocation[Options.cluster] || invocation[Options.idempotent]
    if isCluster, patternType == .literal { resources.append(.cluster) }
    var seen = Set<ACLResource>()
    return resources.filter { seen.insert($0).inserted }
  }

  /// - Throws: `ToolError` for what is none.
  func principals(_ option: Option<[String]>) throws(ToolError) -> [String] {
    var principals: [String] = []
    for text in invocation[option].map(\.trimmingBlanks) where !principals.contains(text) {
      guard text.utf8.contains(UInt8(ascii: ":")) else {
        throw ToolError(
          "expected a string in format principalType:principalName but got \(text)")
      }
      principals.append(text)
    }
    return principals
  }

  // MARK: To add and to remove

  /// - Throws: `ArgumentFailure` if a rule cannot be added.
  func added() throws -> [(resource: ACLResource, rules: [ACLBinding])] {
    guard patternType == .literal || patternType == .prefixed else {
      throw ArgumentFailure(
        "A '--resource-pattern-type' value of '\(patternType.javaName)' is not valid when adding acls."
      )
    }
    let rules = try removed()
    guard rules.allSatisfy({ !$0.rules.isEmpty }) else {
      throw ArgumentFailure(
        "You must specify one of: --allow-principal, --deny-principal when trying to add ACLs.")
    }
    return rules
  }

  /// No rules: all of the resource.
  ///
  /// - Throws: `ArgumentFailure` for no resource, or an operation that it does not have.
  func removed() throws -> [(resource: ACLResource, rules: [ACLBinding])] {
    let resources = resources
    guard !resources.isEmpty else {
      throw ArgumentFailure(
        "You must provide at least one resource: --topic <topic> or --cluster or --group <group> or "
          + "--delegation-token <Delegation Token ID>")
    }
    return try resources.compactMap { resource in
      guard let operations = try operations(on: resource) else { return nil }
      return (resource, try rules(resource, operations))
    }
  }

  /// `nil` for a resource that neither a producer nor a consumer needs.
  private func operations(on resource: ACLResource) throws(ArgumentFailure) -> [ACLOperation]? {
    var operations: [ACLOperation] = []
    if invocation[Options.producer] {
      operations += Self.producers[resource.kind] ?? []
    }
    if invocation[Options.consumer] {
      operations += (Self.consumers[resource.kind] ?? []).filter { !operations.contains($0) }
    }
    if invocation[Options.producer] || invocation[Options.consumer] {
      return operations.isEmpty ? nil : operations
    }
    for text in invocation[Options.operation] {
      let operation = ACLOperation(spelled: text)
      guard operation == .all || resource.kind.operations.contains(operation) else {
        let names = (resource.kind.operations + [.all]).map(\.javaName).joined(separator: ", ")
        throw ArgumentFailure(
          "ResourceType \(resource.kind.javaName) only supports operations [\(names)]")
      }
      if !operations.contains(operation) { operations.append(operation) }
    }
    return operations.isEmpty ? [.all] : operations
  }

  private static let producers: [ACLResource.Kind: [ACLOperation]] = [
    .topic: [.write, .create, .describe], .transactionalID: [.write, .describe],
    .cluster: [.idempotentWrite],
  ]
  private static let consumers: [ACLResource.Kind: [ACLOperation]] = [
    .topic: [.read, .describe], .group: [.read],
  ]

  private func rules(
    _ resource: ACLResource, _ operations: [ACLOperation]
  ) throws(ToolError) -> [ACLBinding] {
    let sides: [(ACLPermission, Option<[String]>, Option<[String]>)] = [
      (.allow, Options.allowPrincipal, Options.allowHost),
      (.deny, Options.denyPrincipal, Options.denyHost),
    ]
    var rules: [ACLBinding] = []
    for (permission, principalOption, hostOption) in sides {
      let given = invocation[hostOption].map(\.trimmingBlanks)
      let hosts = given.isEmpty ? ["*"] : given
      for principal in try principals(principalOption) {
        for operation in operations {
          rules += hosts.map {
            ACLBinding(resource, principal: principal, host: $0, operation, permission)
          }
        }
      }
    }
    return rules
  }
}
