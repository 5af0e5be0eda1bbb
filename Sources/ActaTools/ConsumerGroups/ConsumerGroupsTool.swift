import ActaClient
package import Arguments
import NamePatterns

/// `kafka-consumer-groups`: lists, describes and deletes consumer groups, and moves their offsets.
package struct ConsumerGroupsTool: Tool {
  package static let name = "consumer-groups"

  typealias Options = ConsumerGroupOptions

  let invocation: Invocation

  package init(_ invocation: Invocation) throws { self.invocation = invocation }

  package func run(_ console: Console) async throws -> Int32 {
    if let pattern = invocation[Options.validateRegex] {
      console.output.write(Self.judgement(of: pattern))
      return 0
    }
    if Options.isDryRunMeant(invocation.given) { console.errors.write(Options.dryRunNotice) }
    var configuration = try Options.connection.adminConfiguration(invocation)
    configuration.defaultAPITimeoutMilliseconds = max(0, invocation[Options.timeout])
    // The audit trail of an Acta broker says who moved a group.
    if configuration.clientID.isEmpty { configuration.clientID = Self.clientID }
    try await Admin.with(configuration) { admin in
      if invocation[Options.list] {
        try await list(admin, console)
      } else if invocation[Options.describe] {
        try await describe(admin, console)
      } else if invocation[Options.delete] {
        try await delete(admin, console)
      } else if invocation[Options.resetOffsets] {
        try await reset(admin, console)
      } else {
        try await deleteOffsets(admin, console)
      }
    }
    return 0
  }

  static let clientID = "kafka-consumer-groups"

  /// As Kafka's: what a broker refuses is told on standard output, and is no failure of the tool's.
  package static func report(_ error: any Error, to console: Console) -> Int32 {
    if let error = error as? ArgumentFailure {
      return error.report(for: command, to: console)
    }
    if let error = error as? ClientSetupFailure {
      printError(
        "Executing consumer group command failed due to "
          + (error.isAboutFile ? error.logged : error.description), to: console)
      console.errors.write(error.logged + "\n")
      return 0
    }
    let failure = (error as? KafkaError).map { JavaFailure($0) } ?? error as? JavaFailure
    printError(
      "Executing consumer group command failed due to "
        + (failure?.message ?? FailureText.of(error)), to: console)
    console.errors.write((failure?.description ?? FailureText.of(error)) + "\n")
    return 0
  }

  static func printError(_ sentence: String, to console: Console) {
    console.output.write("\nError: \(sentence)\n")
  }

  private static func judgement(of pattern: String) -> String {
    let problem = NamePattern.problem(of: pattern)
    return "The regular expression `\(pattern)` is "
      + (problem.map { "invalid: \($0).\n" } ?? "valid.\n")
  }

  // MARK: Which groups

  /// Those that are named, or all, by id.
  func groups(_ admin: Admin) async throws -> [String] {
    let ids =
      invocation[Options.allGroups]
      ? try await listed(admin, told: .runtime).map(\.groupID) : invocation[Options.group]
    return Set(ids).sortedByBytes()
  }

  func listed(
    _ admin: Admin, states: Set<GroupState> = [], types: Set<GroupType> = [],
    told wrapping: JavaFailure.Wrapping
  ) async throws -> [GroupListing] {
    do {
      return try await admin.listGroups(
        states: states, types: types, protocolTypes: ["", "consumer"])
    } catch {
      guard error.message == "Timed out waiting for a node assignment. Call: findAllBrokers" else {
        throw JavaFailure(error, in: wrapping)
      }
      throw JavaFailure(
        exception: "org.apache.kafka.common.KafkaException",
        message: "Failed to find brokers to send ListGroups",
        addresses: FailureText.addresses(error), in: wrapping)
    }
  }

  // MARK: Deleting

  private func delete(_ admin: Admin, _ console: Console) async throws {
    let ids = try await groups(admin)
    var failures: [String: KafkaError] = [:]
    do throws(KafkaError) {
      for (id, result) in try await admin.deleteGroups(ids) {
        if case .failure(let error) = result { failures[id] = error }
      }
    } catch {
      for id in ids { failures[id] = error }
    }
    let deleted = ids.filter { failures[$0] == nil }.map { "'\($0)'" }.joined(separator: ", ")
    if failures.isEmpty {
      console.output.write("Deletion of requested consumer groups (\(deleted)) was successful.\n")
      return
    }
    Self.printError("Deletion of some consumer groups failed:", to: console)
    for id in ids {
      guard let error = failures[id] else { continue }
      console.output.write(
        "* Group '\(id)' could not be deleted due to: \(JavaFailure(codeOf: error).description)\n")
    }
    if !deleted.isEmpty {
      console.output.write("\nThese consumer groups were deleted successfully: \(deleted)\n")
    }
  }
}

extension Sequence<String> {
  /// As Java orders strings, but for those beyond the basic plane.
  func sortedByBytes() -> [String] { sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) } }
}
