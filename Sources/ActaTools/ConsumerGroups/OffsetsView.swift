import ActaClient

/// `--offsets`: how far groups have come, and how far that is from the end.
struct OffsetsView: GroupView {
  let isVerbose: Bool
  let admin: Admin

  private struct Row {
    let partition: TopicPartition
    let committed: OffsetAndMetadata?
    let end: Int64?
    let member: GroupDescription.Member?

    /// Negative where records were lost behind the group.
    var lag: Int64? {
      committed.flatMap { $0.offset == -1 ? nil : $0.offset }.flatMap { offset in
        end.map { $0 - offset }
      }
    }
  }

  func show(_ groups: [GroupDescription]) async throws -> [ShownGroup] {
    let committed = try await JavaFailure.Wrapping.runtime.telling {
      try await admin.listGroupOffsets(groups.map(\.groupID)).mapValues { try $0.get() }
    }
    var partitions = Set(committed.values.flatMap(\.keys))
    for group in groups { partitions.formUnion(group.members.flatMap(\.assignment)) }
    var topics = KnownTopics(admin: admin)
    let ends = try await topics.ends(of: partitions, .latest)
    return groups.map { group in
      let rows = rows(of: group, committed[group.groupID] ?? [:], ends)
      return ShownGroup(
        group: group, text: group.state == .dead ? "" : text(rows, of: group),
        objects: rows.map { json($0, of: group) })
    }
  }

  /// Members with most partitions first, then what nobody has.
  private func rows(
    of group: GroupDescription, _ committed: [TopicPartition: OffsetAndMetadata],
    _ ends: [TopicPartition: Int64]
  ) -> [Row] {
    let members = group.members.enumerated().sorted { one, other in
      (-one.element.assignment.count, one.offset) < (-other.element.assignment.count, other.offset)
    }.map(\.element)
    var rows: [Row] = []
    for member in members {
      rows += member.assignment.sorted().map {
        Row(partition: $0, committed: committed[$0], end: ends[$0], member: member)
      }
    }
    let assigned = Set(rows.map(\.partition))
    rows += committed.keys.filter { !assigned.contains($0) }.sorted().map {
      Row(partition: $0, committed: committed[$0], end: ends[$0], member: nil)
    }
    return rows
  }

  private func text(_ rows: [Row], of group: GroupDescription) -> String {
    if rows.isEmpty { return "" }
    var columns: [TextTable.Column] = [
      .init("GROUP", minimumWidth: 15), .init("TOPIC", minimumWidth: 15),
      .init("PARTITION", width: 10),
    ]
    if isVerbose { columns.append(.init("LEADER-EPOCH", width: 15)) }
    columns += [
      .init("CURRENT-OFFSET", width: 15), .init("LOG-END-OFFSET", width: 15),
      .init("LAG", width: 15),
      .init("CONSUMER-ID", minimumWidth: 15), .init("HOST", minimumWidth: 15),
      .init("CLIENT-ID", width: 0),
    ]
    var table = TextTable(columns)
    for row in rows {
      table.append(
        [group.groupID, row.partition.topic, "\(row.partition.partition)"]
          + (isVerbose ? [(row.committed?.leaderEpoch).orDash] : [])
          + [(row.committed?.offset).orDash, row.end.orDash, row.lag.orDash]
          + [
            (row.member?.memberID).orDash, (row.member?.host).orDash, (row.member?.clientID).orDash,
          ])
    }
    return table.linesBehindFeeds
  }

  private func json(_ row: Row, of group: GroupDescription) -> JSONValue {
    .object([
      ("group", .string(group.groupID)), ("topic", .string(row.partition.topic)),
      ("partition", .number("\(row.partition.partition)")),
      ("leaderEpoch", (row.committed?.leaderEpoch).json),
      ("currentOffset", (row.committed?.offset).json), ("logEndOffset", row.end.json),
      ("lag", row.lag.json),
      ("consumerId", row.member.map { .string($0.memberID) } ?? .null),
      ("host", row.member.map { .string($0.host) } ?? .null),
      ("clientId", row.member.map { .string($0.clientID) } ?? .null),
    ])
  }
}
