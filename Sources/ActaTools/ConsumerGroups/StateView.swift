import ActaClient

/// `--state`: who coordinates groups, and how they are.
struct StateView: GroupView {
  let isVerbose: Bool

  func show(_ groups: [GroupDescription]) -> [ShownGroup] {
    groups.map { group in
      ShownGroup(
        group: group, text: group.state == .dead ? "" : table(of: group).linesBehindFeeds,
        objects: [json(group)])
    }
  }

  private func table(of group: GroupDescription) -> TextTable {
    let columns: [TextTable.Column] = [
      .init("GROUP", minimumWidth: 15), .init("COORDINATOR (ID)", minimumWidth: 25),
      .init("ASSIGNMENT-STRATEGY", width: 20), .init("STATE", width: 20),
    ]
    let epochs: [TextTable.Column] = [
      .init("GROUP-EPOCH", width: 15), .init("TARGET-ASSIGNMENT-EPOCH", width: 25),
    ]
    var table = TextTable(columns + (isVerbose ? epochs : []) + [.init("#MEMBERS", width: 0)])
    let node = group.coordinator
    let row = [
      group.groupID, "\(node.host):\(node.port)  (\(node.id))", group.partitionAssignor.orDash,
      group.state.rawValue,
    ]
    let cells = [group.groupEpoch.orDash, group.targetAssignmentEpoch.orDash]
    table.append(row + (isVerbose ? cells : []) + ["\(group.members.count)"])
    return table
  }

  private func json(_ group: GroupDescription) -> JSONValue {
    .object([
      ("group", .string(group.groupID)), ("type", .string(group.type.rawValue)),
      ("state", .string(group.state.rawValue)),
      (
        "coordinator",
        .object([
          ("id", .number("\(group.coordinator.id)")), ("host", .string(group.coordinator.host)),
          ("port", .number("\(group.coordinator.port)")),
        ])
      ),
      ("assignmentStrategy", .string(group.partitionAssignor)),
      ("groupEpoch", group.groupEpoch.json),
      ("targetAssignmentEpoch", group.targetAssignmentEpoch.json),
      ("members", .number("\(group.members.count)")),
    ])
  }
}

extension String {
  /// What there is not is a dash in these tables.
  var orDash: String { isEmpty ? "-" : self }
}

extension Optional where Wrapped: CustomStringConvertible {
  var orDash: String { map(\.description) ?? "-" }
}

extension Optional where Wrapped: BinaryInteger {
  var json: JSONValue { map { .number("\($0)") } ?? .null }
}
