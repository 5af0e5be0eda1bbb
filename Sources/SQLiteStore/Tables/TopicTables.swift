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

  init(_ database: Database, records: RecordTables) {
    self.database = database
    self.records = records
  }

  /// After a rollback, and when others have written.
  func forget() {
    known = nil
    changedViews = []
  }

  // MARK: Reading

  func topics() throws -> [Topic] {
    let configs = try configs()
    var partitions = try partitions()
    var topics: [Topic] = []
    var names: Set<String> = []
    var ids: Set<TopicID> = []
    let rows = try database.prepare(
      "SELECT id, uuid, name, is_internal, view_name FROM topics ORDER BY id")
    while try rows.step() {
      func row() -> RowName { RowName("topics", rows.literal(0)) }
      let rowID = try rows.integer(0, in: Plausible.id, of: row())
      let name = try rows.string(2, of: row())
      guard TopicName.objection(to: name) == nil, names.insert(name).inserted else {
        throw rows.unreadable(2, "a topic's name that no other has", of: row())
      }
      guard let id = TopicID(bytes: try rows.blob(1, of: row())), !id.isZero,
        ids.insert(id).inserted
      else { throw rows.unreadable(1, "an id of 16 bytes that no other has", of: row()) }
      _ = try rows.string(4, of: row())
      topics.append(
        Topic(
          id: id, name: name, isInternal: try rows.integer(3, in: 0...1, of: row()) != 0,
          partitions: partitions.removeValue(forKey: rowID) ?? [], configs: configs[name] ?? [:]))
    }
    if let (topic, orphans) = partitions.first {
      throw StoreError.unreadable(
        "partitions cannot be read: in row \(orphans[0]), topic_id is \(topic), not the id of a topic"
      )
    }
    return topics
  }

  /// By the row of their topic.
  private func partitions() throws -> [Int64: [PartitionID]] {
    var partitions: [Int64: [PartitionID]] = [:]
    let rows = try database.prepare(
      "SELECT id, topic_id, number, view_number FROM partitions ORDER BY topic_id, number")
    while try rows.step() {
      func row() -> RowName { RowName("partitions", rows.literal(0)) }
      let id = PartitionID(try rows.integer(0, in: Plausible.id, of: row()))
      let topic = try rows.integer(1, in: Plausible.id, of: row())
      // They follow each other without a gap.
      let next = Int64(partitions[topic, default: []].count)
      _ = try rows.integer(2, in: next...next, of: row())
      _ = try rows.integer(3, in: Plausible.id, of: row())
      partitions[topic, default: []].append(id)
    }
    return partitions
  }

  private func configs() throws -> [String: [String: String]] {
    var configs: [String: [String: String]] = [:]
    let rows = try database.prepare(
      "SELECT entity_name, name, value FROM config_overrides WHERE entity_type = 'topic'")
    while try rows.step() {
      func row() -> RowName {
        RowName("config_overrides", rows.literal(0) + ", " + rows.literal(1))
      }
      let (topic, name) = (try rows.string(0, of: row()), try rows.string(1, of: row()))
      configs[topic, default: [:]][name] = try rows.string(2, of: row())
    }
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

  func addPartitions(_ count: Int, to topic: Topic) throws -> [PartitionID] {
    let views = try views()
    let present = topic.partitions.count
    let topicRow = try views.entry(topic.id).rowID
    var added: [PartitionID] = []
    for number in present..<present + count {
      let viewNumber = views.firstNumberWithRoom(capacity: Views.armsPerView)
      try database.run(
        "INSERT INTO partitions(topic_id, number, view_number) VALUES (?, ?, ?)", topicRow,
        Int64(number), viewNumber)
      let partition = PartitionID(database.connection.lastInsertedRowID)
      try records.create(partition)
      views.add(partition, to: topic.id, viewNumber: viewNumber)
      changedViews.insert(viewNumber)
      added.append(partition)
    }
    try rebuildView(of: topic.id, views)
    return added
  }

  /// The partitions' records are freed later, in slices; their tables leave the views at once.
  func delete(_ topic: Topic, at now: Int64) throws {
    let views = try views()
    let entry = try views.entry(topic.id)
    changedViews.formUnion(views.remove(topic.id))
    for partition in topic.partitions { records.forget(partition) }
    try database.run(
      "INSERT INTO deleted_partitions SELECT id, ? FROM partitions WHERE topic_id = ?", now,
      entry.rowID)
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

  private func rebuildView(of topic: TopicID, _ views: TopicViews) throws {
    let entry = try views.entry(topic)
    let arms = entry.partitions.enumerated().map {
      Views.Arm(topic: entry.name, number: $0, partition: $1)
    }
    try database.execute("DROP VIEW IF EXISTS \(SQL.identifier(entry.viewName))")
    if arms.isEmpty { return }
    try database.execute(
      Views.topic(
        entry.viewName, name: entry.name, arms: arms, chunks: views.numbers(of: entry)))
  }

  /// Once a turn, for all that has changed in it.
  func rebuildChangedViews() throws {
    if changedViews.isEmpty { return }
    let views = try views()
    let arms = views.arms(in: changedViews)
    for number in changedViews.sorted() {
      try database.execute("DROP VIEW IF EXISTS \(Views.chunkName(number))")
      guard let arms = arms[number] else { continue }
      let sorted = arms.sorted { ($0.topic, $0.number) < ($1.topic, $1.number) }
      try database.execute(Views.chunk(number, arms: sorted))
    }
    try database.execute("DROP VIEW IF EXISTS messages")
    try database.execute(Views.all(views.numbersInUse))
    changedViews = []
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
