import ActaClient
import Arguments

extension ConsumerGroupsTool {
  func list(_ admin: Admin, _ console: Console) async throws {
    let (state, type) = (invocation[Options.state], invocation[Options.type])
    let isFiltered = state != .absent || type != .absent
    let groups =
      isFiltered
      ? try await listed(
        admin, states: try Self.states(state), types: try Self.types(type), told: .execution)
      : try await listed(admin, told: .runtime)
    if invocation[OutputFormat.option] == .json {
      return console.writeJSON(.array(groups.map { $0.json }))
    }
    guard isFiltered else {
      return console.output.write(groups.map { $0.groupID + "\n" }.joined())
    }
    console.output.write(table(of: groups, state != .absent, type != .absent))
  }

  private func table(of groups: [GroupListing], _ showsState: Bool, _ showsType: Bool) -> String {
    let widest = groups.map(\.groupID.count).max() ?? 0
    var table = TextTable(
      [.init("GROUP", width: max(15, widest) + 10)]
        + (showsType ? [.init("TYPE", width: 20)] : [])
        + (showsState ? [.init("STATE", width: 20)] : []))
    for group in groups {
      table.append(
        [group.groupID] + (showsType ? [group.type.rawValue] : [])
          + (showsState ? [group.state.rawValue] : []))
    }
    return table.lines.map { $0 + "\n" }.joined()
  }

  // MARK: Filters

  private static func states(_ given: Given<String>) throws -> Set<GroupState> {
    try chosen(
      given, kind: "state list",
      among: [
        .preparingRebalance, .completingRebalance, .stable, .dead, .empty, .assigning, .reconciling,
      ], plural: "states")
  }

  private static func types(_ given: Given<String>) throws -> Set<GroupType> {
    try chosen(given, kind: "types list", among: [.classic, .consumer], plural: "types")
  }

  /// - Throws: `ArgumentFailure` for what is none of them.
  private static func chosen<Choice: RawRepresentable<String> & Hashable>(
    _ given: Given<String>, kind: String, among choices: [Choice], plural: String
  ) throws -> Set<Choice> {
    guard case .value(let text) = given else { return [] }
    let names = text.split(separator: ",").map { String($0).trimmingBlanks.lowercased() }
    let found = names.compactMap { name in choices.first { $0.rawValue.lowercased() == name } }
    guard found.count == names.count else {
      throw ArgumentFailure(
        "Invalid \(kind) '\(text)'. Valid \(plural) are: "
          + choices.map(\.rawValue).joined(separator: ", "))
    }
    return Set(found)
  }
}

extension GroupListing {
  var json: JSONValue {
    .object([
      ("group", .string(groupID)), ("type", .string(type.rawValue)),
      ("protocol", .string(protocolType)), ("state", .string(state.rawValue)),
    ])
  }
}
