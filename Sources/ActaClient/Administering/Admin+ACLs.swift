import ActaModel
import ClientCore
import KafkaWire

extension Admin {
  /// The access rules that pass a filter.
  ///
  /// - Throws: `KafkaError`: 54 where the cluster has no authorizer.
  public func describeACLs(
    _ filter: ACLBindingFilter = ACLBindingFilter()
  ) async throws(KafkaError) -> [ACLBinding] {
    var request = DescribeAclsRequest()
    request.filter = filter.wire
    let question = request
    return try await perform("describeAcls") { call throws(ClientFailure) in
      let response = try await call.retrying { () throws(ClientFailure) in
        let answer = try await call.send(question, to: nil)
        guard answer.errorCode == .none else {
          throw ClientFailure(answer.errorCode, saying: answer.errorMessage, of: "access rules")
        }
        return answer
      }
      return response.resources.flatMap { resource in
        resource.acls.map { rule in
          ACLBinding(
            ACLResource(resource.resourceType, resource.resourceName, resource.patternType),
            rule.principal, rule.host, rule.operation, rule.permissionType)
        }
      }
    }
  }

  /// Adds access rules; one that is there already is no error.
  ///
  /// - Returns: By rule; 54 where the cluster has no authorizer.
  /// - Throws: `KafkaError` for what concerns all of it, as `Admin` says.
  public func createACLs(
    _ bindings: some Sequence<ACLBinding>
  ) async throws(KafkaError) -> [ACLBinding: Result<Void, KafkaError>] {
    try await performEach("createAcls") { call throws(ClientFailure) in
      try await call.each(bindings, by: .anybody) { _, bindings throws(ClientFailure) in
        var request = CreateAclsRequest()
        request.creations = bindings.map { .init($0) }
        let response = try await call.send(request, to: nil)
        return .telling(zip(bindings, response.results)) { binding, answer in
          (binding, .of(answer.errorCode, answer.errorMessage, about: "access rule", ()))
        }
      }
    }
  }

  /// Takes the access rules away that pass a filter.
  ///
  /// - Returns: By filter, which rules those were; 54 where the cluster has no authorizer.
  /// - Throws: `KafkaError` for what concerns all of it, as `Admin` says.
  public func deleteACLs(
    _ filters: some Sequence<ACLBindingFilter>
  ) async throws(KafkaError) -> [ACLBindingFilter: Result<[DeletedACL], KafkaError>] {
    try await performEach("deleteAcls") { call throws(ClientFailure) in
      try await call.each(filters, by: .anybody) { _, filters throws(ClientFailure) in
        var request = DeleteAclsRequest()
        request.filters = filters.map(\.wire)
        let response = try await call.send(request, to: nil)
        return .telling(zip(filters, response.filterResults)) { filter, answer in
          let deleted = answer.matchingACLs.map { DeletedACL($0) }
          return (
            filter, .of(answer.errorCode, answer.errorMessage, about: "access rules", deleted)
          )
        }
      }
    }
  }
}

// What a newer cluster knows and this client does not is `unknown`.

extension ACLResource {
  fileprivate init(_ kind: Int8, _ name: String, _ patternType: Int8) {
    self.init(
      Kind(rawValue: kind) ?? .unknown, name, PatternType(rawValue: patternType) ?? .unknown)
  }
}

extension ACLBinding {
  fileprivate init(
    _ resource: ACLResource, _ principal: String, _ host: String, _ operation: Int8,
    _ permission: Int8
  ) {
    self.init(
      resource, principal: principal, host: host, ACLOperation(rawValue: operation) ?? .unknown,
      ACLPermission(rawValue: permission) ?? .unknown)
  }
}

extension ACLBindingFilter {
  fileprivate var wire: ACLFilter {
    var filter = ACLFilter()
    filter.resourceTypeFilter = resourceKind.rawValue
    filter.resourceNameFilter = resourceName
    filter.patternTypeFilter = patternType.rawValue
    filter.principalFilter = principal
    filter.hostFilter = host
    filter.operation = operation.rawValue
    filter.permissionType = permission.rawValue
    return filter
  }
}

extension CreateAclsRequest.Creation {
  fileprivate init(_ binding: ACLBinding) {
    self.init()
    resourceType = binding.resource.kind.rawValue
    resourceName = binding.resource.name
    resourcePatternType = binding.resource.patternType.rawValue
    principal = binding.principal
    host = binding.host
    operation = binding.operation.rawValue
    permissionType = binding.permission.rawValue
  }
}

extension DeletedACL {
  fileprivate init(_ rule: DeleteAclsResponse.MatchingACL) {
    binding = ACLBinding(
      ACLResource(rule.resourceType, rule.resourceName, rule.patternType), rule.principal,
      rule.host, rule.operation, rule.permissionType)
    error =
      rule.errorCode == .none
      ? nil
      : KafkaError(ClientFailure(rule.errorCode, saying: rule.errorMessage, of: "access rule"))
  }
}
