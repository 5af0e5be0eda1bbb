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
  init(row: borrowing Statement, from first: Int32, of name: RowName) throws(StoreError) {
    let name = RowName(name.table, "\(name.row), \(row.literal(first))")
    self.init(
      memberID: try row.string(first, of: name),
      instanceID: try row.nullableString(first + 1, of: name),
      clientID: try row.string(first + 2, of: name),
      clientHost: try row.string(first + 3, of: name),
      attribution: try Attribution(row: row, from: first + 20, of: name),
      sessionTimeoutMilliseconds: try row.int32(first + 4, in: .min ... .max, of: name),
      rebalanceTimeoutMilliseconds: try row.int32(first + 5, in: .min ... .max, of: name),
      joinOrder: try row.integer(first + 6, in: Plausible.count, of: name),
      classic: try ClassicPart(row: row, from: first + 8, of: name),
      consumer: try ConsumerPart(row: row, from: first + 10, of: name),
      partitions: try row.decoded(first + 7, of: name, GroupColumns.partitions))
  }
}

extension Attribution {
  /// Binds `principal`, `client_software` and `client_software_version`, of whatever table.
  func bind(to statement: borrowing Statement, from first: Int32) throws(SQLiteError) {
    try statement.bind(principal, at: first)
    try statement.bind(software, at: first + 1)
    try statement.bind(softwareVersion, at: first + 2)
  }

  init(row: borrowing Statement, from first: Int32, of name: RowName) throws(StoreError) {
    self.init(
      principal: try row.nullableString(first, of: name),
      software: try row.nullableString(first + 1, of: name),
      softwareVersion: try row.nullableString(first + 2, of: name))
  }
}

extension MemberRow.ClassicPart {
  fileprivate init?(
    row: borrowing Statement, from first: Int32, of name: RowName
  ) throws(StoreError) {
    if row.isNull(first) { return nil }
    self.init(
      protocols: try row.decoded(first, of: name, GroupColumns.protocols),
      assignment: try row.blob(first + 1, of: name))
  }
}

extension MemberRow.ConsumerPart {
  fileprivate init?(
    row: borrowing Statement, from first: Int32, of name: RowName
  ) throws(StoreError) {
    if row.isNull(first) { return nil }
    self.init(
      epoch: try row.int32(first, in: .min ... .max, of: name),
      previousEpoch: try row.int32(first + 1, in: .min ... .max, of: name),
      state: try row.named(first + 2, of: name),
      rackID: try row.nullableString(first + 3, of: name),
      subscribedTopics: try row.decoded(first + 4, of: name, GroupColumns.names),
      subscribedRegex: try row.nullableString(first + 5, of: name),
      assignor: try row.nullableString(first + 6, of: name),
      assigned: try row.decoded(first + 7, of: name, GroupColumns.epochs),
      revoking: try row.decoded(first + 8, of: name, GroupColumns.numbers),
      target: try row.decoded(first + 9, of: name, GroupColumns.numbers))
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

  init(row: borrowing Statement, from first: Int32, of name: RowName) throws(StoreError) {
    self.init(
      name: try row.string(first, of: name), type: try row.named(first + 1, of: name),
      state: try row.named(first + 2, of: name),
      protocolType: try row.nullableString(first + 3, of: name),
      protocolName: try row.nullableString(first + 4, of: name),
      leaderID: try row.nullableString(first + 5, of: name),
      generation: try row.int32(first + 6, in: .min ... .max, of: name),
      assignmentEpoch: try row.int32(first + 7, in: .min ... .max, of: name))
  }
}

extension Statement {
  /// A column that the writer wrote, and that no other process has changed into something else.
  fileprivate func decoded<Value>(
    _ column: Int32, of row: RowName, _ decode: (UnsafeRawBufferPointer) -> Value?
  ) throws(StoreError) -> Value {
    guard isText(column), let value = withBytes(column, decode) else {
      throw unreadable(column, "what a log writes there", of: row)
    }
    return value
  }

  fileprivate func named<Name: RawRepresentable>(
    _ column: Int32, of row: RowName
  ) throws(StoreError) -> Name where Name.RawValue == String {
    guard let name = Name(rawValue: try string(column, of: row)) else {
      throw unreadable(column, "a name that a log writes there", of: row)
    }
    return name
  }
}
