import ActaCLI
import ActaClient
package import Arguments
import Logging

/// `kafka-topics`: lists, describes, creates, alters and deletes topics.
package struct TopicsTool: Tool {
  package static let name = "topics"

  enum Action: Sendable {
    case list, describe, create, alter, delete
  }

  let invocation: Invocation
  let action: Action

  package init(_ invocation: Invocation) throws {
    self.invocation = invocation
    let actions: [(Option<Bool>, Action)] = [
      (TopicOptions.list, .list), (TopicOptions.describe, .describe),
      (TopicOptions.create, .create), (TopicOptions.alter, .alter),
    ]
    action = actions.first { invocation[$0.0] }?.1 ?? .delete
  }

  package func run(_ console: Console) async throws -> Int32 {
    if !invocation[TopicOptions.deleteConfig].isEmpty {
      console.errors.write(Self.deleteConfigNotice)
    }
    let configuration = try TopicOptions.connection.adminConfiguration(invocation)
    let creation = action == .create ? try TopicCreation(invocation) : nil
    try await Admin.with(configuration) { admin in
      switch action {
      case .list: try await list(admin, console)
      case .describe: try await describe(admin, console)
      case .create: try await creation?.run(admin, console)
      case .alter: try await alter(admin)
      case .delete: try await delete(admin)
      }
    }
    return 0
  }

  /// On standard output, where scripts look for it, and as a line of the log.
  package static func report(_ error: any Error, to console: Console) -> Int32 {
    let text = FailureText.of(error)
    if error is ClientSetupFailure {
      console.errors.write(text + "\n")
      return 1
    }
    console.output.write("Error while executing topic command : \(text)\n")
    console.log(
      .error, FailureText.logged(error), logger: "org.apache.kafka.tools.TopicCommand")
    return 1
  }

  private static let deleteConfigNotice =
    "delete-config option is no longer supported and deprecated since version 4.0. The config will be "
    + "fully removed in future releases.\n"

  // MARK: Which topics

  /// Names in order; those that the pattern of `--topic` matches, if there is one.
  ///
  /// - Throws: `ToolError` if there is no such topic, unless that is allowed.
  func topics(_ admin: Admin, mayBeMissing: Bool) async throws -> [String] {
    let isEverything = !invocation[TopicOptions.excludeInternal]
    let pattern = try invocation[TopicOptions.topic].map { try NamePatternText($0) }
    let names = try await admin.listTopics(includeInternal: isEverything).map(\.name).sorted {
      $0.utf8.lexicographicallyPrecedes($1.utf8)
    }
    guard let pattern else { return names }
    let found = pattern.matching(names)
    if found.isEmpty, !mayBeMissing {
      let wanted = invocation[TopicOptions.topic] ?? ""
      throw ToolError("Topic '\(wanted)' does not exist as expected")
    }
    return found
  }

  private func list(_ admin: Admin, _ console: Console) async throws {
    let names = try await topics(admin, mayBeMissing: true)
    switch invocation[OutputFormat.option] {
    case .text: console.output.write(names.joined(separator: "\n") + "\n")
    case .json: console.writeJSON(.array(names.map { .string($0) }))
    }
  }

  private func delete(_ admin: Admin) async throws {
    let names = try await topics(admin, mayBeMissing: invocation[TopicOptions.ifExists])
    _ = try await admin.deleteTopics(names).values()
  }

  private func alter(_ admin: Admin) async throws {
    let names = try await topics(admin, mayBeMissing: invocation[TopicOptions.ifExists])
    let assignment = try invocation[TopicOptions.replicaAssignment].map {
      try ReplicaAssignment($0).brokers
    }
    var added: [String: [[Int32]]] = [:]
    if let assignment {
      for topic in try await admin.describeTopics(names).values() {
        added[topic.name] = Array(assignment.dropFirst(topic.partitions.count))
      }
    }
    let total = invocation[TopicOptions.partitions] ?? 0
    let changes = Dictionary(
      uniqueKeysWithValues: names.map {
        ($0, NewPartitions(totalCount: total, assignments: added[$0]))
      })
    _ = try await admin.createPartitions(changes).values()
  }
}
