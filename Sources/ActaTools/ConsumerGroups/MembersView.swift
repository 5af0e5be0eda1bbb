import ActaClient

/// `--members`: who is in groups, and what they have.
struct MembersView: GroupView {
  let isVerbose: Bool

  func show(_ groups: [GroupDescription]) -> [ShownGroup] {
    groups.map { group in
      ShownGroup(
        group: group, text: "\n" + table(of: group).lines.map { $0 + "\n" }.joined(),
        objects: group.members.map { json($0, of: group) })
    }
  }

  private func table(of group: GroupDescription) -> TextTable {
    let members = group.members
    let hasInstances = members.contains { $0.groupInstanceID?.isEmpty == false }
    // Some speak the older protocol, and some the newer one.
    let isMixed = Set(members.compactMap(\.isUpgraded)).count == 2
    var columns: [TextTable.Column] = [
      .init("GROUP", minimumWidth: 15), .init("CONSUMER-ID", minimumWidth: 15),
    ]
    if hasInstances { columns.append(.init("GROUP-INSTANCE-ID", minimumWidth: 17)) }
    columns += [.init("HOST", minimumWidth: 15), .init("CLIENT-ID", minimumWidth: 15)]
    columns.append(.init("#PARTITIONS", width: 15))
    if isVerbose {
      columns += [
        .init("CURRENT-EPOCH", width: 15), .init("CURRENT-ASSIGNMENT", minimumWidth: 20),
        .init("TARGET-EPOCH", width: 15), .init("TARGET-ASSIGNMENT", minimumWidth: 20),
      ]
      if isMixed { columns.append(.init("UPGRADED", width: 0)) }
    } else {
      // Kafka writes the space before what would come next.
      columns.append(.init("", width: 0))
    }
    var table = TextTable(columns)
    for member in members {
      var row = [group.groupID, member.memberID]
      if hasInstances { row.append(member.groupInstanceID ?? "") }
      row += [member.host, member.clientID, "\(member.assignment.count)"]
      row += isVerbose ? verboseCells(member, of: group, isMixed) : [""]
      table.append(row)
    }
    return table
  }

  private func verboseCells(
    _ member: GroupDescription.Member, of group: GroupDescription, _ isMixed: Bool
  ) -> [String] {
    [
      member.memberEpoch.orDash, text(member.assignment), group.targetAssignmentEpoch.orDash,
      text(member.targetAssignment ?? []),
    ] + (isMixed ? [member.isUpgraded.orDash] : [])
  }

  /// `orders:0,1;payments:2`.
  private func text(_ assignment: [TopicPartition]) -> String {
    let topics = Dictionary(grouping: assignment, by: \.topic).map { topic, partitions in
      "\(topic):" + partitions.map(\.partition).sorted().map { "\($0)" }.joined(separator: ",")
    }
    return topics.sortedByBytes().joined(separator: ";").orDash
  }

  private func json(
    _ member: GroupDescription.Member, of group: GroupDescription
  ) -> JSONValue {
    .object([
      ("group", .string(group.groupID)), ("consumerId", .string(member.memberID)),
      ("groupInstanceId", member.groupInstanceID.map { .string($0) } ?? .null),
      ("host", .string(member.host)), ("clientId", .string(member.clientID)),
      ("assignment", json(member.assignment)), ("memberEpoch", member.memberEpoch.json),
      ("targetAssignment", member.targetAssignment.map(json) ?? .null),
    ])
  }

  private func json(_ partitions: [TopicPartition]) -> JSONValue {
    .array(
      partitions.map {
        .object([("topic", .string($0.topic)), ("partition", .number("\($0.partition)"))])
      })
  }
}
