import ActaModel
import LogStorage
import SQLite
import Threads

/// `topics`, the rows of `partitions` that come and go with them, and the views over all of it.
final class TopicTables {
  private let database: Database
  private let records: RecordTables
  private let staging: PartitionStaging
  private let remains: TopicRemains
  private let schema: SchemaPace
  /// Read from the tables when it is first needed, and again after a rollback or another process's write.
  private var known: TopicViews?
  /// `messages_<n>` that must be made anew before the turn ends.
  private var changedViews: Set<Int64> = []
  /// Topics whose own views must be.
  private var changedTopics: Set<TopicID> = []
  /// How views over `messages_<n>` were last made: they stay the same with most tables that are added.
  private var made: [String: String] = [:]
  /// Rows of topics that may have no view yet, because many were made at once; `nil` when that is to be
  /// looked up. An empty topic's view shows nothing, and making it takes as long as a hundred topics.
  private var unmade: Fifo<Int64>?
  /// Partitions whose topics are known to be marked as having transactions.
  private var transactional: Set<PartitionID> = []
  /// What a turn makes at once, and a slice later.
  private static let emptyViewsAtOnce = 4
  /// `messages_<n>` that a turn makes anew because a topic goes; a millisecond or two each.
  private static let chunksAtOnce = 4
  /// Up to so many tables a partition's is made with it; a millisecond each.
  private static let tablesAtOnce = 64

  init(
    _ database: Database, records: RecordTables, positions: PositionTable, schema: SchemaPace
  ) {
    self.database = database
    self.records = records
    staging = PartitionStaging(database)
    remains = TopicRemains(database, positions: positions)
    self.schema = schema
  }

  /// After a rollback, and when others have written.
  func forget() {
    doubt()
    changedViews = []
    changedTopics = []
    unmade = nil
    remains.forget()
  }

  /// What was read may not be so; what the turn has changed is still to be seen to.
  func doubt() {
    known = nil
    made = [:]
    transactional = []
  }

  // MARK: Reading

  /// - Parameter configs: What is set on whom.
  func topics(with configs: [ConfigEntity: [String: String]]) throws -> [Topic] {
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
          partitions: partitions.removeValue(forKey: rowID) ?? [],
          configs: configs[.topic(name)] ?? [:]))
    }
    if let (topic, orphans) = partitions.first {
      throw StoreError.unreadable(
        "partitions cannot be read: in row \(orphans[0]), topic_id is \(topic), not the id of a topic"
      )
    }
    return topics
  }

  /// By the row of their topic. Those that are still being made, or have gone, are nobody's
  /// (`PartitionStaging`, `TopicRemains`).
  private func partitions() throws -> [Int64: [PartitionID]] {
    var partitions: [Int64: [PartitionID]] = [:]
    let rows = try database.prepare(
      """
      SELECT id, topic_id, number, view_number FROM partitions
      WHERE (view_number <> 0 OR topic_id IN (SELECT id FROM topics))
        AND id NOT IN (SELECT partition_id FROM deleted_partitions)
      ORDER BY topic_id, number
      """)
    while try rows.step() {
      func row() -> RowName { RowName("partitions", rows.literal(0)) }
      let id = PartitionID(try rows.integer(0, in: Plausible.id, of: row()))
      let topic = try rows.integer(1, in: Plausible.id, of: row())
      // They follow each other without a gap.
      let next = Int64(partitions[topic, default: []].count)
      _ = try rows.integer(2, in: next...next, of: row())
      // 0: it has no table.
      _ = try rows.integer(3, in: Plausible.count, of: row())
      partitions[topic, default: []].append(id)
    }
    return partitions
  }

  private func views() throws(SQLiteError) -> TopicViews {
    if let known { return known }
    let views = try TopicViews(database)
    known = views
    return views
  }

  // MARK: Topics in the making

  func stage(_ count: Int, after staged: StagedTopic?) throws -> StagedTopic {
    try staging.stage(count, after: staged)
  }

  func discard(_ staged: StagedTopic) throws { try staging.discard(staged) }

  // MARK: Writing

  /// - Parameter row: The topic's row, where that was given to its partitions before.
  func insert(_ new: NewTopic, as row: Int64?, at now: Int64) throws {
    let viewName = try viewName(for: new.name, row: row)
    let entry = try database.kept(
      """
      INSERT INTO topics(uuid, name, view_name, is_internal, created_at, id)
      VALUES (?, ?, ?, ?, ?, ?)
      """)
    try entry.statement.bind(new.id.bytes, at: 1)
    try entry.statement.bind(new.name, at: 2)
    try entry.statement.bind(viewName, at: 3)
    try entry.statement.bind(new.isInternal ? 1 : 0, at: 4)
    try entry.statement.bind(now, at: 5)
    try entry.statement.bind(row, at: 6)
    try entry.statement.run()
    try views().insert(
      TopicViews.Entry(
        rowID: database.connection.lastInsertedRowID, name: new.name, viewName: viewName),
      new.id)
    changedTopics.insert(new.id)
  }

  /// Makes the partitions that the topic lacks of `count`, at most so many, and returns all that are new
  /// once there are enough; `nil` before.
  ///
  /// A partition is a row and nothing else, and gets its table when it gets its first record. SQLite takes
  /// time that grows with the number of tables for every one that is made, and each takes a page. Only where
  /// there are few, they are there at once, for whoever looks for them.
  func grow(
    _ topic: Topic, to count: Int, atMost limit: Int, at now: Int64
  ) throws -> [PartitionID]? {
    let views = try views()
    let (present, topicRow) = (topic.partitions.count, try views.entry(topic.id).rowID)
    guard
      let added = try staging.grow(
        topicRow, from: present, to: count, atMost: limit, at: now)
    else { return nil }
    if views.tableCount + added.count <= Self.tablesAtOnce {
      for (index, partition) in added.enumerated() {
        try makeTable(of: partition, number: present + index, topicRow: topicRow)
      }
    }
    return added
  }

  func discardGrowth(of topic: Topic) throws {
    try staging.discardGrowth(of: try views().entry(topic.id).rowID, from: topic.partitions.count)
  }

  /// Makes the partition's table if it has none, and has the views show it.
  func ensureTable(of partition: PartitionID) throws {
    guard let place = try place(of: partition), !place.hasTable else { return }
    try makeTable(of: partition, number: place.number, topicRow: place.topicRow)
  }

  func hasTable(_ partition: PartitionID) throws(SQLiteError) -> Bool {
    try place(of: partition)?.hasTable ?? false
  }

  private func place(
    of partition: PartitionID
  ) throws(SQLiteError) -> (topicRow: Int64, number: Int, hasTable: Bool)? {
    let row = try database.kept(
      "SELECT topic_id, number, view_number FROM partitions WHERE id = ?")
    try row.statement.bind(partition.value, at: 1)
    guard try row.statement.step() else { return nil }
    defer { row.statement.reset() }
    return (
      row.statement.integer(0), Int(row.statement.integer(1)), row.statement.integer(2) > 0
    )
  }

  private func makeTable(of partition: PartitionID, number: Int, topicRow: Int64) throws {
    let views = try views()
    let topic = try views.topic(topicRow)
    let viewNumber = views.firstNumberWithRoom(capacity: Views.armsPerView)
    try records.create(partition, isGuarded: views.tableCount < RecordGuard.maxPartitions)
    try database.run(
      "UPDATE stored_partitions SET view_number = ? WHERE id = ?", viewNumber, partition.value)
    views.add(partition, number: number, to: topic, viewNumber: viewNumber)
    changedViews.insert(viewNumber)
    changedTopics.insert(topic)
  }

  /// What its partitions leave behind goes later, in slices. Their tables leave `messages` at once, but for
  /// those that share a view with other topics' when there are many such views.
  func delete(_ topic: Topic, at now: Int64) throws {
    let views = try views()
    let entry = try views.entry(topic.id)
    let shown = views.remove(topic.id)
    let inUse = views.numbersInUse
    // Of those that others share first: what is in no use is not part of `messages` any more.
    let atOnce = shown.sorted {
      (inUse.contains($0) ? 0 : 1, $0) < (inUse.contains($1) ? 0 : 1, $1)
    }
    .prefix(Self.chunksAtOnce)
    changedViews.formUnion(atOnce)
    changedTopics.remove(topic.id)
    made[entry.viewName] = nil
    for partition in entry.tables.values { records.forget(partition) }
    try remains.leave(entry.rowID, chunks: shown.subtracting(atOnce), at: now)
    if topic.partitions.count <= TopicRemains.partitionsOfSlice, atOnce.count == shown.count {
      try remains.forget(topic.partitions, at: now)
    }
    try database.run("DELETE FROM topics WHERE id = ?", entry.rowID)
    try database.execute("DROP VIEW IF EXISTS \(SQL.identifier(entry.viewName))")
  }

  /// Has the views look at what of the partition's topic is open or was aborted, from the first such
  /// transaction on. Of all its partitions at once: whoever writes to one will write to the others.
  func noteTransactions(in partition: PartitionID) throws {
    if transactional.contains(partition) { return }
    transactional.insert(partition)
    let row = try database.kept(
      """
      UPDATE topics SET has_transactions = 1 WHERE has_transactions = 0
        AND id = (SELECT topic_id FROM partitions WHERE id = ?) RETURNING id
      """)
    try row.statement.bind(partition.value, at: 1)
    guard try row.statement.step() else { return }
    let topicRow = row.statement.integer(0)
    row.statement.reset()
    let views = try views()
    let topic = try views.topic(topicRow)
    changedViews.formUnion(views.noteTransactions(in: topic))
    changedTopics.insert(topic)
  }

  // MARK: Views

  /// For a topic that is about to get its row.
  private func viewName(for name: String, row: Int64?) throws -> String {
    let views = try views()
    let namesakes = views.namesakes(of: name)
    for topic in namesakes { try number(views.entry(topic), topic, views) }
    let plain = TopicViewName.plain(name)
    if namesakes.isEmpty, try isFree(plain, views) { return plain }
    let next = if let row { row } else { (try staging.lastTopicRow() ?? 0) + 1 }
    return try freeName(for: name, row: next, views)
  }

  /// A topic that has the plain name, but not for itself any more, gets its number.
  private func number(_ entry: TopicViews.Entry, _ topic: TopicID, _ views: TopicViews) throws {
    guard entry.viewName == TopicViewName.plain(entry.name) else { return }
    try database.execute("DROP VIEW IF EXISTS \(SQL.identifier(entry.viewName))")
    made[entry.viewName] = nil
    let viewName = try freeName(for: entry.name, row: entry.rowID, views)
    let update = try database.kept("UPDATE topics SET view_name = ? WHERE id = ?")
    try update.statement.bind(viewName, at: 1)
    try update.statement.bind(entry.rowID, at: 2)
    try update.statement.run()
    views.rename(topic, viewName)
    changedTopics.insert(topic)
  }

  private func freeName(for name: String, row: Int64, _ views: TopicViews) throws -> String {
    var number = row
    while try !isFree(TopicViewName.numbered(name, number), views) { number += 1 }
    return TopicViewName.numbered(name, number)
  }

  private func isFree(_ name: String, _ views: TopicViews) throws(SQLiteError) -> Bool {
    if views.hasView(named: name) { return false }
    return try !isTaken(name)
  }

  /// Whether a table, a view or an index has the name. SQLite finds it in the schema that it keeps
  /// parsed, where a look into `sqlite_schema` would read all of it.
  private func isTaken(_ name: String) throws(SQLiteError) -> Bool {
    let taken = try database.kept(
      "SELECT 1 FROM pragma_table_info(?1) UNION ALL SELECT 1 FROM pragma_index_info(?1)")
    try taken.statement.bind(name, at: 1)
    defer { taken.statement.reset() }
    do throws(SQLiteError) {
      return try taken.statement.step()
    } catch {
      // A view whose tables have gone is there, even if it cannot be looked at.
      if error.isGeneric { return true }
      throw error
    }
  }

  /// Once a turn, for all that has changed in it.
  func rebuildChangedViews() throws {
    if changedViews.isEmpty, changedTopics.isEmpty { return }
    let views = try views()
    try rebuildChunks(views)
    var emptyCount = 0
    for topic in changedTopics {
      let entry = try views.entry(topic)
      if entry.tables.isEmpty { emptyCount += 1 }
      if entry.tables.isEmpty, emptyCount > Self.emptyViewsAtOnce {
        unmade?.append(entry.rowID)
      } else {
        try rebuildView(of: topic, views)
      }
    }
    try make(Views.messages, as: Views.all(views.chunksInUse), isKept: true)
    try make(Views.raw, as: Views.allRaw(views.chunksInUse), isKept: true)
    try make(Views.uncommitted, as: Views.allUncommitted(views.chunksInUse), isKept: true)
    try make(Views.aborted, as: Views.allAborted(views.chunksInUse), isKept: true)
    changedViews = []
    changedTopics = []
  }

  // MARK: Slices

  private var mayHaveViewsToMake: Bool { unmade?.isEmpty != true }

  /// Whether topics may be waiting for their views, or have left something.
  var hasSlices: Bool { (mayHaveViewsToMake || remains.mayHaveSome) && schema.isDue }

  /// Turns of their own.
  func slice(at now: Int64) throws {
    if mayHaveViewsToMake { try makeViews() }
    if remains.mayHaveSome { try removeRemains(at: now) }
  }

  private func makeViews() throws {
    let began = Clock.monotonicMicroseconds()
    var waiting = try unmade ?? topicsWithoutViews()
    if !waiting.isEmpty {
      let transaction = try database.connection.beginImmediate()
      repeat {
        try makeEmptyView(ofTopic: waiting.removeFirst())
      } while schema.changed(sinceMicroseconds: began) && !waiting.isEmpty
      try transaction.commit()
    }
    unmade = waiting
  }

  private func topicsWithoutViews() throws(SQLiteError) -> Fifo<Int64> {
    var found = Fifo<Int64>()
    let rows = try database.prepare(
      """
      SELECT id FROM topics
      WHERE view_name NOT IN (SELECT name FROM sqlite_schema WHERE type = 'view') ORDER BY id
      """)
    while try rows.step() { found.append(rows.integer(0)) }
    return found
  }

  /// The topic may have gone meanwhile, or have its view from its first records.
  private func makeEmptyView(ofTopic rowID: Int64) throws(SQLiteError) {
    let row = try database.kept("SELECT name, view_name FROM topics WHERE id = ?")
    try row.statement.bind(rowID, at: 1)
    guard try row.statement.step() else { return }
    let (name, viewName) = (row.statement.text(0), row.statement.text(1))
    row.statement.reset()
    if try isTaken(viewName) { return }
    try database.execute(Views.topic(viewName, name: name, arms: [], chunks: []))
  }

  private func rebuildChunks(_ views: TopicViews) throws(SQLiteError) {
    for number in changedViews.sorted() { try rebuildChunk(number, views) }
  }

  private func rebuildChunk(_ number: Int64, _ views: TopicViews) throws(SQLiteError) {
    try database.execute("DROP VIEW IF EXISTS \(Views.chunkName(number))")
    let arms = views.arms(ofView: number)
    if !arms.isEmpty { try database.execute(Views.chunk(number, arms: arms)) }
  }

  private func removeRemains(at now: Int64) throws {
    do {
      let began = Clock.monotonicMicroseconds()
      let transaction = try database.connection.beginImmediate()
      let chunks = try remains.takeChunks(Self.chunksAtOnce)
      if chunks.isEmpty {
        try remains.slice(at: now)
      } else {
        let views = try views()
        for number in chunks { try rebuildChunk(number, views) }
        _ = schema.changed(sinceMicroseconds: began)
      }
      try transaction.commit()
    } catch {
      remains.forget()
      throw error
    }
  }

  private func rebuildView(of topic: TopicID, _ views: TopicViews) throws {
    let entry = try views.entry(topic)
    let isWide = entry.tables.count > Views.armsPerView
    try make(entry.viewName, as: views.definition(of: entry), isKept: isWide)
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
