import ActaClient
import Arguments

extension ConsumerGroupsTool {
  func describe(_ admin: Admin, _ console: Console) async throws {
    let groups = try await descriptions(of: try await groups(admin), admin)
    let view: any GroupView =
      if invocation[Options.members] {
        MembersView(isVerbose: invocation[Options.verbose])
      } else if invocation[Options.state] != .absent {
        StateView(isVerbose: invocation[Options.verbose])
      } else {
        OffsetsView(isVerbose: invocation[Options.verbose], admin: admin)
      }
    var objects: [JSONValue] = []
    for piece in groups.pieces(of: Self.groupsPerRequest) {
      for shown in try await view.show(Array(piece)) {
        switch invocation[OutputFormat.option] {
        case .json: objects += shown.objects
        case .text: try write(shown, console)
        }
      }
    }
    if invocation[OutputFormat.option] == .json { console.writeJSON(.array(objects)) }
  }

  /// So that no answer is larger than brokers like to give, however many groups there are.
  static let groupsPerRequest = 100

  /// In the order of their ids.
  func descriptions(of ids: [String], _ admin: Admin) async throws -> [GroupDescription] {
    try await JavaFailure.Wrapping.execution.telling {
      var groups: [GroupDescription] = []
      for piece in ids.pieces(of: Self.groupsPerRequest) {
        let results = try await admin.describeGroups(piece)
        for id in piece { if let group = try results[id]?.get() { groups.append(group) } }
      }
      return groups
    }
  }

  /// What the state has to say goes before the table.
  private func write(_ shown: ShownGroup, _ console: Console) throws {
    switch shown.group.state {
    case .dead:
      Self.printError("Consumer group '\(shown.group.groupID)' does not exist.", to: console)
    case .empty:
      console.errors.write("\nConsumer group '\(shown.group.groupID)' has no active members.\n")
    case .preparingRebalance, .completingRebalance, .assigning, .reconciling:
      console.errors.write("\nWarning: Consumer group '\(shown.group.groupID)' is rebalancing.\n")
    case .stable: break
    case .unknown, .notReady:
      throw JavaFailure(
        exception: "org.apache.kafka.common.KafkaException",
        message: "Expected a valid consumer group state, but found '\(shown.group.state.rawValue)'."
      )
    }
    console.output.write(shown.text)
  }
}

/// What is told of groups.
protocol GroupView {
  func show(_ groups: [GroupDescription]) async throws -> [ShownGroup]
}

struct ShownGroup {
  let group: GroupDescription
  /// Behind what its state says.
  let text: String
  let objects: [JSONValue]
}

extension TextTable {
  /// Each line behind a line feed, and one at the end.
  var linesBehindFeeds: String { lines.map { "\n" + $0 }.joined() + "\n" }
}

extension Array {
  /// One after the other, none with more than `count` elements.
  func pieces(of count: Int) -> [ArraySlice<Element>] {
    stride(from: 0, to: self.count, by: count).map { self[$0..<Swift.min($0 + count, self.count)] }
  }
}
