import ActaClient

/// Where a group's offsets are to be.
typealias ResetPlan = [TopicPartition: NewOffset]

enum NewOffset: Hashable, Sendable {
  case offset(Int64)
  /// The group is to have none, as it had before.
  case none
}

extension NewOffset: CustomStringConvertible {
  var description: String {
    switch self {
    case .offset(let offset): "\(offset)"
    case .none: "-"
    }
  }
}

/// Plans for groups, as they are printed and read.
struct ResetPlans {
  private(set) var plans: [(group: String, plan: ResetPlan)] = []

  mutating func append(_ group: String, _ plan: ResetPlan) { plans.append((group, plan)) }

  /// By group, topic and partition.
  private var rows: [(group: String, partition: TopicPartition, offset: NewOffset)] {
    plans.flatMap { group, plan in
      plan.sorted { $0.key < $1.key }.map { (group, $0.key, $0.value) }
    }
  }

  var table: String {
    if plans.isEmpty { return "\n" }
    var table = TextTable([
      .init("GROUP", minimumWidth: max(15, plans.map(\.group.count).max() ?? 0)),
      .init("TOPIC", minimumWidth: 15), .init("PARTITION", width: 10),
      .init("NEW-OFFSET", width: 0),
    ])
    for row in rows {
      table.append([row.group, row.partition.topic, "\(row.partition.partition)", "\(row.offset)"])
    }
    return table.linesBehindFeeds
  }

  var json: JSONValue {
    .array(
      rows.map { row in
        var offset = JSONValue.null
        if case .offset(let number) = row.offset { offset = .number("\(number)") }
        return .object([
          ("group", .string(row.group)), ("topic", .string(row.partition.topic)),
          ("partition", .number("\(row.partition.partition)")), ("newOffset", offset),
        ])
      })
  }

  /// What `--from-file` reads. A partition that is to have no offset cannot be written there.
  ///
  /// - Parameter namesGroups: Whether each line begins with the group.
  func csv(namesGroups: Bool) -> String {
    rows.compactMap { row -> String? in
      guard case .offset = row.offset else { return nil }
      let cells = [row.partition.topic, "\(row.partition.partition)", "\(row.offset)"]
      return CSVLine.text(namesGroups ? [row.group] + cells : cells) + "\n"
    }.joined() + "\n"
  }

  var hasPartitionsWithoutOffset: Bool { rows.contains { $0.offset == .none } }

  // MARK: Reading

  /// - Parameters:
  ///   - csv: Lines of `topic,partition,offset` or `group,topic,partition,offset`; the first says which.
  ///   - group: Whose lines are without a group; `nil` if they all have one.
  /// - Throws: `ToolError` that names the line.
  static func read(_ csv: String, group: String?) throws(ToolError) -> [String: ResetPlan] {
    var lines = csv.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      .map { Substring($0) }
    while lines.last?.isEmpty == true { lines.removeLast() }
    let group = lines.first.flatMap { line in
      group.flatMap { entry(line, group: $0) == nil ? nil : $0 }
    }
    var plans: [String: ResetPlan] = [:]
    for (number, line) in lines.enumerated() {
      guard let entry = entry(line, group: group) else {
        throw ToolError(
          "Line \(number + 1) is not \(group == nil ? "group," : "")topic,partition,offset: \(line)"
        )
      }
      plans[entry.group, default: [:]][entry.partition] = .offset(entry.offset)
    }
    return plans
  }

  private static func entry(
    _ line: Substring, group: String?
  ) -> (group: String, partition: TopicPartition, offset: Int64)? {
    let isEndedByReturn = line.utf8.last == UInt8(ascii: "\r")
    let line = isEndedByReturn ? Substring(line.utf8.dropLast()) : line
    guard var cells = CSVLine.cells(line) else { return nil }
    if let group { cells.insert(group, at: 0) }
    guard cells.count == 4, let partition = Int32(cells[2]), let offset = Int64(cells[3]) else {
      return nil
    }
    return (cells[0], TopicPartition(cells[1], partition), offset)
  }
}
