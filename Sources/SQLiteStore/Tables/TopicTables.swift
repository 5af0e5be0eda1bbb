import ActaModel
import LogStorage
import SQLite

/// `topics`, the rows of `partitions` that come and go with them, the configuration set on topics, and
/// the views over all of it.
final class TopicTables {
  private let database: Database
  private let records: RecordTables
  /// Read from the tables when it is first needed, and again after a rollback or another process's write.
  private var known: TopicViews?
  /// `messages_<n>` that must be made anew before the turn ends.
  private var changedViews: Set<Int64> = []
  /// Topics whose own views must be.
  private var changedTopics: Set<TopicID> = []
  /// How views over `messages_<n>` were last made: they stay the same with most tables that are added.
  private var made: [String: String] = [:]

  init(_ database: Database, records: RecordTables) {
    self.database = database
    self.records = records
  }

  /// After a rollback, and when others have written.
  func forget() {
    doubt()
    changedViews = []
    changedTopics = []
  }

  /// What was read may not be so; what the turn has changed is still to be seen to.
  func doubt() {
    known = nil
    made = [:]
  }

  // MARK: Reading

  func topics() throws -> [Topic] {
    let configs = try configs()
    var partitions: [Int64: [PartitionID]] = [:]
    let partitionRows = try database.prepare(
      "SELECT id, topic_id, number FROM partitions ORDER BY topic_id, number")
    while try partitionRows.step() {
      let (topic, number) = (partitionRows.integer(1), partitionRows.integer(2))
      guard partitions[topic, default: []].count == Int(number) else {
        throw StoreError.unreadable(
          "partition \(partitionRows.integer(0)) does not follow the one before it")
      }
      partitions[topic, default: []].append(PartitionID(partitionRows.integer(0)))
    }
    var topics: [Topic] = []
    let rows = try database.prepare("SELECT id, uuid, name, is_internal FROM topics ORDER BY id")
    while try rows.step() {
      let name = rows.text(2)
      guard let id = TopicID(bytes: rows.bytes(1)) else {
        throw StoreError.unreadable("topic \(name) has no 16-byte id")
      }
      topics.append(
        Topic(
          id: id, name: name, isInternal: rows.integer(3) != 0,
          partitions: partitions[rows.integer(0)] ?? [], configs: configs[name] ?? [:]))
    }
    return topics
  }

  private func configs() throws(SQLiteError) -> [String: [String: String]] {
    var configs: [String: [String: String]] = [:]
    let rows = try database.prepare(
      "SELECT entity_name, name, value FROM config_overrides WHERE entity_type = 'topic'")
    while try rows.step() { configs[rows.text(0), default: [:]][rows.text(1)] = rows.text(2) }
    return configs
  }

  private func views() throws(SQLiteError) -> TopicViews {
    if let known { return known }
    let views = try TopicViews(database)
    known = views
    return views
  }

  // MARK: Writing

  func insert(_ new: NewTopic, at now: Int64) throws {
    let viewName = try freeViewName(for: new.name)
    let entry = try database.kept(
      """
      INSERT INTO topics(uuid, name, view_name, is_internal, created_at) VALUES (?, ?, ?, ?, ?)
      """)
    try entry.statement.bind(new.id.bytes, at: 1)
    try entry.statement.bind(new.name, at: 2)
    try entry.statement.bind(viewName, at: 3)
    try entry.statement.bind(new.isInternal ? 1 : 0, at: 4)
    try entry.statement.bind(now, at: 5)
    try entry.statement.run()
    try views().insert(
      TopicViews.Entry(
        rowID: database.connection.lastInsertedRowID, name: new.name, viewName: viewName),
      new.id)
    changedTopics.insert(new.id)
    let config = try database.kept(
      """
      INSERT OR REPLACE INTO config_overrides(entity_type, entity_name, name, value, updated_at)
      VALUES ('topic', ?, ?, ?, ?)
      """)
    for (name, value) in new.configs {
      try config.statement.bind(new.name, at: 1)
      try config.statement.bind(name, at: 2)
      try config.statement.bind(value, at: 3)
      try config.statement.bind(now, at: 4)
      try config.statement.run()
    }
  }

  /// A row each and nothing else, in one statement: a partition gets its table when it gets its first
  /// record. SQLite takes time that grows with the number of tables for every one that is made, and each
  /// takes a page.
  func addPartitions(_ count: Int, to topic: Topic) throws -> [PartitionID] {
    if count == 0 { return [] }
    let topicRow = try views().entry(topic.id).rowID
    let first = Int64(topic.partitions.count)
    let added = try database.run(
      """
      INSERT INTO partitions(topic_id, number, view_number)
      WITH RECURSIVE new(number) AS (
        SELECT ?2 UNION ALL SELECT number + 1 FROM new WHERE number + 1 < ?3)
      SELECT ?1, number, 0 FROM new
      """, topicRow, first, first + Int64(count))
    guard added == count else {
      throw StoreError.refused("\(added) of \(count) partitions were inserted")
    }
    // AUTOINCREMENT: inside one statement the ids follow each other.
    let last = database.connection.lastInsertedRowID
    return (last - Int64(count) + 1...last).map { PartitionID($0) }
  }

  /// Makes the partition's table if it has none, and has the views show it.
  func ensureTable(of partition: PartitionID) throws {
    let row = try database.kept(
      "SELECT topic_id, number, view_number FROM partitions WHERE id = ?")
    try row.statement.bind(partition.value, at: 1)
    guard try row.statement.step() else { return }
    let (topicRow, number) = (row.statement.integer(0), row.statement.integer(1))
    let hasTable = row.statement.integer(2) > 0
    row.statement.reset()
    if !hasTable { try makeTable(of: partition, number: Int(number), topicRow: topicRow) }
  }

  private func makeTable(of partition: PartitionID, number: Int, topicRow: Int64) throws {
    let views = try views()
    let topic = try views.topic(topicRow)
    let viewNumber = views.firstNumberWithRoom(capacity: Views.armsPerView)
    try records.create(partition)
    try database.run(
      "UPDATE partitions SET view_number = ? WHERE id = ?", viewNumber, partition.value)
    views.add(partition, number: number, to: topic, viewNumber: viewNumber)
    changedViews.insert(viewNumber)
    changedTopics.insert(topic)
  }

  /// The partitions' records are freed later, in slices; their tables leave the views at once.
  func delete(_ topic: Topic, at now: Int64) throws {
    let views = try views()
    let entry = try views.entry(topic.id)
    changedViews.formUnion(views.remove(topic.id))
    changedTopics.remove(topic.id)
    made[entry.viewName] = nil
    for partition in entry.tables.values { records.forget(partition) }
    try database.run(
      """
      INSERT INTO deleted_partitions
      SELECT id, ? FROM partitions WHERE topic_id = ? AND view_number > 0
      """, now, entry.rowID)
    try database.run("DELETE FROM partitions WHERE topic_id = ?", entry.rowID)
    try database.run("DELETE FROM topics WHERE id = ?", entry.rowID)
    let configs = try database.kept(
      "DELETE FROM config_overrides WHERE entity_type = 'topic' AND entity_name = ?")
    try configs.statement.bind(topic.name, at: 1)
    try configs.statement.run()
    try database.execute("DROP VIEW IF EXISTS \(SQL.identifier(entry.viewName))")
  }

  // MARK: Views

  /// `topic_<name>`, unless something has that name already (in any case: SQL's names do not
  /// distinguish it), then with the first number that is free.
  private func freeViewName(for name: String) throws(SQLiteError) -> String {
    let taken = try database.kept("SELECT 1 FROM sqlite_schema WHERE name = ? COLLATE NOCASE")
    let next = try database.integer("SELECT seq FROM sqlite_sequence WHERE name = 'topics'")
    var candidate = "topic_\(name)"
    var suffix = (next ?? 0) + 1
    while true {
      try taken.statement.bind(candidate, at: 1)
      let isTaken = try taken.statement.step()
      taken.statement.reset()
      if !isTaken { return candidate }
      candidate = "topic_\(name)_\(suffix)"
      suffix += 1
    }
  }

  /// Once a turn, for all that has changed in it.
  func rebuildChangedViews() throws {
    if changedViews.isEmpty, changedTopics.isEmpty { return }
    let views = try views()
    try rebuildChunks(views)
    for topic in changedTopics { try rebuildView(of: topic, views) }
    try make("messages", as: Views.all(views.numbersInUse), isKept: true)
    changedViews = []
    changedTopics = []
  }

  private func rebuildChunks(_ views: TopicViews) throws(SQLiteError) {
    let arms = views.arms(in: changedViews)
    for number in changedViews.sorted() {
      try database.execute("DROP VIEW IF EXISTS \(Views.chunkName(number))")
      guard let arms = arms[number] else { continue }
      let sorted = arms.sorted { ($0.topic, $0.number) < ($1.topic, $1.number) }
      try database.execute(Views.chunk(number, arms: sorted))
    }
  }

  private func rebuildView(of topic: TopicID, _ views: TopicViews) throws {
    let entry = try views.entry(topic)
    let arms = entry.tables.sorted { $0.key < $1.key }.map {
      Views.Arm(topic: entry.name, number: $0.key, partition: $0.value)
    }
    try make(
      entry.viewName,
      as: Views.topic(
        entry.viewName, name: entry.name, arms: arms, chunks: views.numbers(of: entry)),
      isKept: arms.count > Views.armsPerView)
  }

  private func make(
    _ view: String, as definition: String, isKept: Bool
  ) throws(SQLiteError) {
    if made[view] == definition { return }
    try database.execute("DROP VIEW IF EXISTS \(SQL.identifier(view))")
    try database.execute(definition)
    made[view] = isKept ? definition : nil
  }
}

extension TopicID {
  init?(bytes: [UInt8]) {
    guard bytes.count == 16 else { return nil }
    func word(_ slice: ArraySlice<UInt8>) -> UInt64 { slice.reduce(0) { $0 << 8 | UInt64($1) } }
    self.init(high: word(bytes[..<8]), low: word(bytes[8...]))
  }

  var bytes: [UInt8] {
    [high, low].flatMap { word in
      stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: word >> UInt64($0)) }
    }
  }
}
