import ActaClient
package import Arguments

/// `kafka-configs`: describes and alters settings of topics, brokers and groups, and quotas.
package struct ConfigsTool: Tool {
  package static let name = "configs"

  let invocation: Invocation
  let entities: ConfigEntities

  package init(_ invocation: Invocation) throws {
    self.invocation = invocation
    entities = try ConfigEntities(invocation)
  }

  package func run(_ console: Console) async throws -> Int32 {
    do {
      let configuration = try ConfigOptions.connection.adminConfiguration(invocation)
      let isAltering = invocation[ConfigOptions.alter]
      let changes = isAltering ? try ConfigChanges(invocation) : nil
      try await Admin.with(configuration) { admin in
        if let changes {
          try await alter(changes, admin, console)
        } else {
          try await describe(admin, console)
        }
      }
      return 0
    } catch let error as KafkaError where !error.isInterruption {
      throw failure("java.util.concurrent.ExecutionException: \(FailureText.logged(error))")
    } catch let error as ClientSetupFailure {
      throw failure(error.logged)
    }
  }

  private func failure(_ text: String) -> ToolError {
    let words = invocation.words.joined(separator: " ")
    return ToolError("Error while executing config command with args '\(words)'\n\(text)")
  }

  private func alter(_ changes: ConfigChanges, _ admin: Admin, _ console: Console) async throws {
    if let kind = entities.kind {
      let resource = ConfigResource(kind, entities.name ?? "")
      if kind == .brokerLogger { try await checkLoggers(changes.names, resource, admin) }
      let wanted: [String: ConfigChange]
      do {
        wanted = try changes.forResource()
      } catch {
        throw failure("java.util.concurrent.ExecutionException: \(error)")
      }
      _ = try await admin.incrementalAlterConfigs([resource: wanted]).mapValues { try $0.get() }
    } else if let credentials = try ScramChanges(changes, of: entities) {
      try await credentials.run(admin)
    } else {
      try await QuotaChanges(changes, of: entities).run(admin)
    }
    if let name = entities.name, !name.isEmpty {
      console.output.write("Completed updating config for \(entities.noun) \(name).\n")
    } else {
      console.output.write(
        "Completed updating default config for \(entities.type) in the cluster.\n")
    }
  }

  /// Of those that there are; a broker would make others.
  private func checkLoggers(
    _ names: Set<String>, _ resource: ConfigResource, _ admin: Admin
  ) async throws {
    let known = try await admin.describeConfigs([resource])[resource]?.get() ?? []
    let unknown = names.subtracting(known.map(\.name)).sorted()
    if !unknown.isEmpty {
      throw ToolError("Invalid broker logger(s): \(unknown.joined(separator: ","))")
    }
  }

  private func describe(_ admin: Admin, _ console: Console) async throws {
    if let kind = entities.kind {
      try await describeSettings(kind, admin, console)
    } else {
      try await describeQuotas(admin, console)
    }
  }
}
