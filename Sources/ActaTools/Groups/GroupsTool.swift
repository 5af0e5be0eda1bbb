import ActaClient
package import Arguments
import Logging

/// `kafka-groups`: lists groups of all kinds.
package struct GroupsTool: Tool {
  package static let name = "groups"

  private static let bootstrapServer = Option<String>(
    required: "bootstrap-server", takes: .text, valueName: "server to connect to",
    help: "REQUIRED: Brokers to begin with, host:port, separated by commas.")
  private static let commandConfig = ConnectionOptions.jopt.commandConfig
  private static let list = Option(flag: "list", help: "List the groups.")
  private static let groupType = Option<String?>(
    "group-type", takes: .text, valueName: "type",
    help: "Only groups of this type: 'classic', 'consumer', 'share' or 'streams'.")
  private static let protocolType = Option<String?>(
    "protocol", takes: .text, valueName: "protocol", help: "Only groups of this protocol.")
  private static let consumer = Option(
    flag: "consumer",
    help: "Only groups of consumers: of the type 'consumer', or of the protocol 'consumer' or none."
  )
  private static let share = Option(flag: "share", help: "Only share groups.")
  private static let streams = Option(flag: "streams", help: "Only streams groups.")

  package static var command: Command {
    let filters: [any DeclaredOption] = [consumer, groupType, protocolType, share, streams]
    return Command(
      name: "kafka-groups", abstract: "This tool helps to list groups of all types.",
      version: KafkaVersion.current, dialect: .jopt,
      options: [bootstrapServer, commandConfig, list, OutputFormat.option] + filters,
      rules: [
        .that { $0.contains(list) ? nil : "Command must include exactly one action: --list." },
        .excludes(consumer, [groupType, protocolType, share, streams]),
        .excludes(share, [consumer, groupType, protocolType, streams]),
        .excludes(streams, [consumer, groupType, protocolType, share]),
      ])
  }

  private let invocation: Invocation
  private let isShown: @Sendable (GroupListing) -> Bool

  package init(_ invocation: Invocation) throws {
    self.invocation = invocation
    isShown = try Self.filter(invocation)
  }

  private static func filter(
    _ invocation: Invocation
  ) throws -> @Sendable (GroupListing) -> Bool {
    let protocolType = invocation[protocolType]
    if let text = invocation[groupType] {
      let types = GroupType.allCases.filter { $0 != .unknown }
      guard let type = types.first(where: { $0.rawValue.lowercased() == text.lowercased() }) else {
        throw UnknownType()
      }
      return { $0.type == type && (protocolType ?? $0.protocolType) == $0.protocolType }
    }
    if let protocolType { return { $0.protocolType == protocolType } }
    if invocation[consumer] {
      return { ["consumer", ""].contains($0.protocolType) || $0.type == .consumer }
    }
    if invocation[share] { return { $0.type == .share } }
    if invocation[streams] { return { $0.type == .streams } }
    return { _ in true }
  }

  package func run(_ console: Console) async throws -> Int32 {
    let configuration = try ConnectionOptions.adminConfiguration(
      servers: invocation[Self.bootstrapServer], file: invocation[Self.commandConfig])
    let all: [GroupListing] = try await Admin.with(configuration) { try await $0.listGroups() }
    let groups = all.filter(isShown)
    switch invocation[OutputFormat.option] {
    case .json: console.writeJSON(.array(groups.map(\.json)))
    case .text: write(groups, console)
    }
    return 0
  }

  /// All columns are as wide as the widest cell of any.
  private func write(_ groups: [GroupListing], _ console: Console) {
    let rows = groups.map {
      [$0.groupID, $0.type == .unknown ? "" : $0.type.rawValue, $0.protocolType]
    }
    let width = rows.joined().map(\.count).reduce(20, max)
    var table = TextTable(
      ["GROUP", "TYPE", "PROTOCOL"].map { TextTable.Column($0, width: width) })
    for row in rows { table.append(row) }
    let lines = table.lines
    // A space stands behind each cell, but not behind the last title.
    let shown = lines.prefix(1) + lines.dropFirst().map { $0 + " " }
    console.output.write(shown.map { $0 + "\n" }.joined())
  }

  // MARK: What goes wrong

  /// Told before there is a client, and so on standard error.
  private struct UnknownType: Error {}

  package static func report(_ error: any Error, to console: Console) -> Int32 {
    if error is UnknownType {
      console.errors.write("--group-type must be a valid group type.\n")
      return 1
    }
    if (error as? ClientSetupFailure)?.isAboutFile == true {
      console.errors.write(FailureText.of(error) + "\n")
      return 1
    }
    console.output.write("Error while executing groups command : \(FailureText.of(error))\n")
    console.log(.error, FailureText.whole(error), logger: "org.apache.kafka.tools.GroupsCommand")
    return 1
  }

  /// Whatever is wrong with the words, this tool shows its options.
  package static func answer(to error: UsageError, columns: Int) -> Answer {
    Answer(error.showingOptions, columns: columns)
  }
}
