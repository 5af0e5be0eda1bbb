import ActaClient
package import Arguments

/// `kafka-features`: at which level the cluster uses what it can do.
package struct FeaturesTool: Tool {
  package static let name = "features"

  private let invocation: Invocation

  package init(_ invocation: Invocation) throws { self.invocation = invocation }

  /// Kafka's tool shows no usage.
  package static func answer(to error: UsageError, columns: Int) -> Answer {
    Answer(
      "Command line error: \(ArgparseLayout.sentence(error)). Type --help for help.",
      isComplaint: true, exitCode: 1)
  }

  package func run(_ console: Console) async throws -> Int32 {
    let command = invocation.path.command.name
    switch command {
    case "version-mapping":
      try FeatureTables.writeMapping(invocation[FeatureOptions.release], console)
    case "feature-dependencies":
      try FeatureTables.writeDependencies(invocation[FeatureOptions.lookedUp], console)
    default: return try await ask(command, console)
    }
    return 0
  }

  package static func report(_ error: any Error, to console: Console) -> Int32 {
    let isUnmade = error is ClientSetupFailure
    console.errors.write(
      (isUnmade ? FailureText.of(error) : FailureText.logged(error)) + "\n")
    return 1
  }

  private func ask(_ command: String, _ console: Console) async throws -> Int32 {
    let connection = FeatureOptions.connection
    guard invocation.given.count(of: [connection.bootstrapServer, FeatureOptions.controller]) > 0
    else {
      throw invocation.refusal(
        "You must specify either --bootstrap-controller or --bootstrap-server.",
        showsOptions: false)
    }
    // Before a connection is made: what is wrong with the words is said at once.
    let kind = FeatureChanges.Kind(rawValue: command)
    let changes = try kind.map { try FeatureChanges($0, invocation, console) }
    return try await Admin.with(try connection.adminConfiguration(invocation)) { admin in
      if let changes { return try await changes.run(admin, console) }
      try await describe(admin, console)
      return 0
    }
  }

  private func describe(_ admin: Admin, _ console: Console) async throws {
    let features = try await admin.describeFeatures(of: invocation[FeatureOptions.nodeID])
    let epoch = features.finalizedEpoch.map { "\($0)" } ?? "-"
    let sorted = features.supported.sorted { $0.key < $1.key }
    if invocation[OutputFormat.unlisted] == .json {
      return console.writeJSON(
        .array(
          sorted.map { name, supported in
            let level = features.finalized[name]?.upperBound ?? 0
            return .object([
              ("feature", .string(name)),
              ("supportedMinVersion", .string(Self.text(supported.lowerBound, of: name))),
              ("supportedMaxVersion", .string(Self.text(supported.upperBound, of: name))),
              ("finalizedVersionLevel", .string(Self.text(level, of: name))),
              ("epoch", .integer(features.finalizedEpoch)),
            ])
          }))
    }
    for (name, supported) in sorted {
      let level = features.finalized[name]?.upperBound ?? 0
      let fields = [
        ("Feature: ", name, 40),
        ("SupportedMinVersion: ", Self.text(supported.lowerBound, of: name), 15),
        ("SupportedMaxVersion: ", Self.text(supported.upperBound, of: name), 15),
        ("FinalizedVersionLevel: ", Self.text(level, of: name), 15), ("Epoch: ", epoch, 0),
      ]
      console.output.write(
        fields.map { label, value, width in
          label + value + String(repeating: " ", count: max(0, width - value.count))
        }.joined(separator: "  ") + "\n")
    }
  }

  /// Metadata have names.
  private static func text(_ level: Int16, of feature: String) -> String {
    guard feature == MetadataVersion.feature else { return "\(level)" }
    return MetadataVersion.all.first { $0.level == level }?.name ?? "UNKNOWN [\(level)]"
  }
}

extension FeaturesTool {
  package static var command: Command { FeatureOptions.command }
}
