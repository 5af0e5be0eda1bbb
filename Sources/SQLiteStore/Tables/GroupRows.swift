import ActaModel
import LogStorage
import SQLite

/// How groups and members stand in their tables.
extension MemberRow {
  /// In the order in which `bind` and `init(row:from:)` take them.
  static let columns = """
    member_id, instance_id, client_id, client_host, session_timeout_ms, rebalance_timeout_ms,
    join_order, partitions, protocols, assignment, epoch, previous_epoch, state, rack_id,
    subscribed_topics, subscribed_regex, assignor, assigned, revoking, target, principal,
    client_software, client_software_version
    """

  /// Binds the member's columns from the parameter `first` on.
  func bind(to statement: borrowing Statement, from first: Int32) throws(SQLiteError) {
    try statement.bind(memberID, at: first)
    try statement.bind(instanceID, at: first + 1)
    try statement.bind(clientID, at: first + 2)
    try statement.bind(clientHost, at: first + 3)
    try statement.bind(Int64(sessionTimeoutMilliseconds), at: first + 4)
    try statement.bind(Int64(rebalanceTimeoutMilliseconds), at: first + 5)
    try statement.bind(joinOrder, at: first + 6)
    try statement.bind(GroupColumns.encode(partitions), at: first + 7)
    try statement.bind(classic.map { GroupColumns.encode($0.protocols) }, at: first + 8)
    if let classic {
      try statement.bind(classic.assignment, at: first + 9)
    } else {
      try statement.bindNull(at: first + 9)
    }
    try bindConsumer(to: statement, from: first + 10)
    try attribution.bind(to: statement, from: first + 20)
  }

  private func bindConsumer(
    to statement: borrowing Statement, from first: Int32
  ) throws(SQLiteError) {
    try statement.bind(consumer.map { Int64($0.epoch) }, at: first)
    try statement.bind(consumer.map { Int64($0.previousEpoch) }, at: first + 1)
    try statement.bind(consumer?.state.rawValue, at: first + 2)
    try statement.bind(consumer?.rackID, at: first + 3)
    try statement.bind(consumer.map { GroupColumns.encode($0.subscribedTopics) }, at: first + 4)
    try statement.bind(consumer?.subscribedRegex, at: first + 5)
    try statement.bind(consumer?.assignor, at: first + 6)
    try statement.bind(consumer.map { GroupColumns.encode($0.assigned) }, at: first + 7)
    try statement.bind(consumer.map { GroupColumns.encode($0.revoking) }, at: first + 8)
    try statement.bind(consumer.map { GroupColumns.encode($0.target) }, at: first + 9)
  }

  /// Reads the member's columns from `first` on.
  init(row: borrowing Statement, from first: Int32) throws(StoreError) {
    self.init(
      memberID: row.text(first), instanceID: row.nullableText(first + 1),
      clientID: row.text(first + 2), clientHost: row.text(first + 3),
      attribution: Attribution(row: row, from: first + 20),
      sessionTimeoutMilliseconds: Int32(truncatingIfNeeded: row.integer(first + 4)),
      rebalanceTimeoutMilliseconds: Int32(truncatingIfNeeded: row.integer(first + 5)),
      joinOrder: try row.integer(first + 6, in: Plausible.count, of: "a group"),
      classic: try ClassicPart(row: row, from: first + 8),
      consumer: try ConsumerPart(row: row, from: first + 10),
      partitions: try row.decoded(first + 7, GroupColumns.partitions))
  }
}

extension Attribution {
  /// Binds `principal`, `client_software` and `client_software_version`, of whatever table.
  func bind(to statement: borrowing Statement, from first: Int32) throws(SQLiteError) {
    try statement.bind(principal, at: first)
    try statement.bind(software, at: first + 1)
    try statement.bind(softwareVersion, at: first + 2)
  }

  fileprivate init(row: borrowing Statement, from first: Int32) {
    self.init(
      principal: row.nullableText(first), software: row.nullableText(first + 1),
      softwareVersion: row.nullableText(first + 2))
  }
}

extension MemberRow.ClassicPart {
  fileprivate init?(row: borrowing Statement, from first: Int32) throws(StoreError) {
    if row.isNull(first) { return nil }
    self.init(
      protocols: try row.decoded(first, GroupColumns.protocols), assignment: row.bytes(first + 1))
  }
}

extension MemberRow.ConsumerPart {
  fileprivate init?(row: borrowing Statement, from first: Int32) throws(StoreError) {
    if row.isNull(first) { return nil }
    self.init(
      epoch: Int32(truncatingIfNeeded: row.integer(first)),
      previousEpoch: Int32(truncatingIfNeeded: row.integer(first + 1)),
      state: try row.named(first + 2),
      rackID: row.nullableText(first + 3),
      subscribedTopics: try row.decoded(first + 4, GroupColumns.names),
      subscribedRegex: row.nullableText(first + 5), assignor: row.nullableText(first + 6),
      assigned: try row.decoded(first + 7, GroupColumns.epochs),
      revoking: try row.decoded(first + 8, GroupColumns.numbers),
      target: try row.decoded(first + 9, GroupColumns.numbers))
  }
}

extension GroupRow {
  /// In the order in which `bind` and `init(row:from:)` take them.
  static let columns =
    "name, type, state, protocol_type, protocol, leader_id, generation, assignment_epoch"

  func bind(to statement: borrowing Statement) throws(SQLiteError) {
    try statement.bind(name, at: 1)
    try statement.bind(type.rawValue, at: 2)
    try statement.bind(state.rawValue, at: 3)
    try statement.bind(protocolType, at: 4)
    try statement.bind(protocolName, at: 5)
    try statement.bind(leaderID, at: 6)
    try statement.bind(Int64(generation), at: 7)
    try statement.bind(Int64(assignmentEpoch), at: 8)
  }

  init(row: borrowing Statement, from first: Int32) throws(StoreError) {
    self.init(
      name: row.text(first), type: try row.named(first + 1), state: try row.named(first + 2),
      protocolType: row.nullableText(first + 3), protocolName: row.nullableText(first + 4),
      leaderID: row.nullableText(first + 5),
      generation: Int32(truncatingIfNeeded: row.integer(first + 6)),
      assignmentEpoch: Int32(truncatingIfNeeded: row.integer(first + 7)))
  }
}

extension Statement {
  /// A column that the writer wrote, and that no other process has changed into something else.
  fileprivate func decoded<Value>(
    _ column: Int32, _ decode: (UnsafeRawBufferPointer) -> Value?
  ) throws(StoreError) -> Value {
    guard let value = withBytes(column, decode) else { throw unreadable(column) }
    return value
  }

  fileprivate func named<Name: RawRepresentable>(_ column: Int32) throws(StoreError) -> Name
  where Name.RawValue == String {
    guard let name = Name(rawValue: text(column)) else { throw unreadable(column) }
    return name
  }

  private func unreadable(_ column: Int32) -> StoreError {
    .unreadable(
      "a group cannot be read: column \(column) is \"\(text(column))\", in: \(sql.prefix(200))")
  }
}
