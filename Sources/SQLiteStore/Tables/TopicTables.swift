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
    let viewName = try viewName(for: new.name)
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
      try records.create(
        partition, isGuarded: views.partitionCount < RecordGuard.maxPartitions)
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

  /// For a topic that is about to get its row.
  private func viewName(for name: String) throws -> String {
    let views = try views()
    let namesakes = views.namesakes(of: name)
    for topic in namesakes { try number(views.entry(topic), topic, views) }
    let plain = TopicViewName.plain(name)
    if namesakes.isEmpty, try !isTaken(plain) { return plain }
    let last = try database.integer("SELECT seq FROM sqlite_sequence WHERE name = 'topics'")
    return try freeName(for: name, row: (last ?? 0) + 1)
  }

  /// A topic that has the plain name, but not for itself any more, gets its number.
  private func number(_ entry: TopicViews.Entry, _ topic: TopicID, _ views: TopicViews) throws {
    guard entry.viewName == TopicViewName.plain(entry.name) else { return }
    try database.execute("DROP VIEW IF EXISTS \(SQL.identifier(entry.viewName))")
    let viewName = try freeName(for: entry.name, row: entry.rowID)
    let update = try database.kept("UPDATE topics SET view_name = ? WHERE id = ?")
    try update.statement.bind(viewName, at: 1)
    try update.statement.bind(entry.rowID, at: 2)
    try update.statement.run()
    views.rename(topic, viewName)
    try rebuildView(of: topic, views)
  }

  private func freeName(for name: String, row: Int64) throws(SQLiteError) -> String {
    var number = row
    while try isTaken(TopicViewName.numbered(name, number)) { number += 1 }
    return TopicViewName.numbered(name, number)
  }

  private func isTaken(_ name: String) throws(SQLiteError) -> Bool {
    let taken = try database.kept("SELECT 1 FROM sqlite_schema WHERE name = ? COLLATE NOCASE")
    try taken.statement.bind(name, at: 1)
    defer { taken.statement.reset() }
    return try taken.statement.step()
  }

  private func rebuildView(of topic: TopicID, _ views: TopicViews) throws {
    let entry = try views.entry(topic)
    let arms = views.arms(of: entry)
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
    try database.execute("DROP VIEW IF EXISTS \(Views.messages)")
    try database.execute("DROP VIEW IF EXISTS \(Views.raw)")
    try database.execute(Views.all(views.numbersInUse))
    try database.execute(Views.allRaw(views.numbersInUse))
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
