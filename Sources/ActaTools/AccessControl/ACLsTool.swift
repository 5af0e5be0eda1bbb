import ActaClient
package import Arguments

/// `kafka-acls`: lists, adds and removes access rules.
package struct ACLsTool: Tool {
  package static let name = "acls"

  private let invocation: Invocation
  private let request: ACLRequest

  package init(_ invocation: Invocation) throws {
    self.invocation = invocation
    request = ACLRequest(invocation)
  }

  package func run(_ console: Console) async throws -> Int32 {
    let configuration = try ACLOptions.connection.adminConfiguration(invocation)
    try await Admin.with(configuration) { admin in
      try await JavaFailure.Wrapping.execution.telling {
        if invocation[ACLOptions.add] {
          try await add(admin, console)
        } else if invocation[ACLOptions.remove] {
          try await remove(admin, console)
        } else {
          try await list(admin, console)
        }
      }
    }
    return 0
  }

  /// On standard output, as Kafka's.
  package static func report(_ error: any Error, to console: Console) -> Int32 {
    if let error = error as? ArgumentFailure { return error.report(for: command, to: console) }
    let failure = error as? JavaFailure
    let message = failure?.message ?? FailureText.of(error)
    console.output.write("Error while executing ACL command: \(message)\n")
    // Kafka's has a stack there.
    if let failure, !failure.addresses.isEmpty { console.errors.write("\(failure.description)\n") }
    return 1
  }

  /// Whatever is wrong with the words, this tool shows its options.
  package static func answer(to error: UsageError, columns: Int) -> Answer {
    Answer(error.showingOptions, columns: columns)
  }

  private func add(_ admin: Admin, _ console: Console) async throws {
    for (resource, rules) in try request.added() {
      let existing = Set(try await admin.describeACLs(ACLBindingFilter(of: resource)))
      for rule in rules where existing.contains(rule) {
        console.output.write("Acl \(rule.javaText) already exists.\n")
      }
      let new = rules.filter { !existing.contains($0) }
      if new.isEmpty { continue }
      console.output.write(
        "Adding ACLs for resource `\(resource.javaText)`: \n \(Self.lines(new))\n\n")
      for result in try await admin.createACLs(new).values { try result.get() }
    }
  }

  private func remove(_ admin: Admin, _ console: Console) async throws {
    for (resource, rules) in try request.removed() {
      let question =
        rules.isEmpty
        ? "Are you sure you want to delete all ACLs for resource filter `\(resource.javaText)`? (y/n)"
        : "Are you sure you want to remove ACLs: \n \(Self.lines(rules))\n from resource filter "
          + "`\(resource.javaText)`? (y/n)"
      guard try isConfirmed(question, console) else { continue }
      let filters =
        rules.isEmpty ? [ACLBindingFilter(of: resource)] : rules.map { ACLBindingFilter($0) }
      for result in try await admin.deleteACLs(filters).values {
        for deleted in try result.get() { if let error = deleted.error { throw error } }
      }
    }
  }

  private func isConfirmed(_ question: String, _ console: Console) throws -> Bool {
    if invocation[ACLOptions.force] { return true }
    console.output.write(question + "\n")
    console.output.flush()
    var lines = InputText.Lines(console)
    return try lines.next()?.lowercased() == "y"
  }

  private func list(_ admin: Admin, _ console: Console) async throws {
    let principals = try request.principals(ACLOptions.principal)
    let resources = request.resources
    let filters =
      resources.isEmpty ? [ACLBindingFilter()] : resources.map { ACLBindingFilter(of: $0) }
    var rules = Set<ACLBinding>()
    for filter in filters { rules.formUnion(try await admin.describeACLs(filter)) }
    if invocation[OutputFormat.option] == .json {
      let shown = principals.isEmpty ? rules : rules.filter { principals.contains($0.principal) }
      return console.writeJSON(
        .array(shown.sorted { $0.javaText < $1.javaText }.map(\.json)))
    }
    if principals.isEmpty { return write(rules, console) }
    for principal in principals {
      console.output.write("ACLs for principal `\(principal)`\n")
      write(rules.filter { $0.principal == principal }, console)
    }
  }

  /// A block for each resource; in an order of our own, where Kafka's tool has none.
  private func write(_ rules: Set<ACLBinding>, _ console: Console) {
    let blocks = Dictionary(grouping: rules, by: \.resource)
    let resources = blocks.keys.sorted {
      ($0.kind.rawValue, $0.name, $0.patternType.rawValue)
        < ($1.kind.rawValue, $1.name, $1.patternType.rawValue)
    }
    for resource in resources {
      let rules = (blocks[resource] ?? []).sorted { $0.javaEntry < $1.javaEntry }
      console.output.write(
        "Current ACLs for resource `\(resource.javaText)`:\n\(Self.lines(rules))\n\n")
    }
  }

  private static func lines(_ rules: [ACLBinding]) -> String {
    rules.map { "\t" + $0.javaEntry }.joined(separator: "\n")
  }
}

extension ACLBindingFilter {
  /// All rules of a resource.
  fileprivate init(of resource: ACLResource) {
    self.init()
    resourceKind = resource.kind
    resourceName = resource.name
    patternType = resource.patternType
  }
}

extension UsageError {
  /// The same with the options behind it, whatever it is about.
  var showingOptions: UsageError {
    if case .nothingGiven = problem { return self }
    return UsageError(
      problem: .rule(JoptLayout.sentence(problem), showsOptions: true), path: path)
  }
}
