import ActaModel
import LogStorage
import SQLite

/// Topics and partitions: rows, record tables and the views over them, in one transaction.
extension Writer {
  func createTopic(_ new: NewTopic) throws(SQLiteError) -> Result<Topic, StorageError> {
    if let objection = objection(to: new) { return .failure(objection) }
    let viewName = try freeViewName(for: new.name)
    let rowID = try insertTopicRow(new, viewName: viewName)
    let topic = Topic(
      id: new.id, name: new.name, isInternal: new.isInternal, partitions: [], configs: new.configs)
    catalog.insert(WorkingCatalog.Entry(rowID: rowID, viewName: viewName, topic: topic))
    try addPartitions(new.partitionCount, to: new.id)
    try rebuildTopicView(new.id)
    changes.isCatalogChanged = true
    return .success(catalog.topics[new.id]?.topic ?? topic)
  }

  private func objection(to new: NewTopic) -> StorageError? {
    if catalog.id(of: new.name) != nil || catalog.topics[new.id] != nil {
      return .topicExists(name: new.name)
    }
    if let other = catalog.collision(of: new.name) { return .topicNameCollides(with: other) }
    if catalog.topics.count >= options.maxTopics {
      return .tooMany("there are \(catalog.topics.count) topics, the limit is \(options.maxTopics)")
    }
    return excess(adding: new.partitionCount)
  }

  private func excess(adding count: Int) -> StorageError? {
    guard catalog.partitionCount + count > options.maxPartitions else { return nil }
    return .tooMany(
      "there are \(catalog.partitionCount) partitions, \(count) more would pass the limit of "
        + "\(options.maxPartitions)")
  }

  func createPartitions(
    of id: TopicID, count: Int
  ) throws(SQLiteError) -> Result<Topic, StorageError> {
    guard let entry = catalog.topics[id] else { return .failure(.unknownTopic) }
    let present = entry.topic.partitions.count
    guard count > present else { return .failure(.partitionCountNotLarger(present: present)) }
    if let excess = excess(adding: count - present) { return .failure(excess) }
    try addPartitions(count - present, to: id)
    try rebuildTopicView(id)
    changes.isCatalogChanged = true
    return .success(catalog.topics[id]?.topic ?? entry.topic)
  }

  /// The partitions' records are freed later, in slices; their tables leave the views at once.
  func deleteTopic(_ id: TopicID) throws(SQLiteError) -> Result<Topic, StorageError> {
    guard let known = catalog.topics[id] else { return .failure(.unknownTopic) }
    for partition in known.topic.partitions {
      if let number = catalog.viewNumbers[partition] { changes.changedViews.insert(number) }
      partitions[partition] = nil
      inserts.forget(partition)
    }
    changes.dirty.removeAll { partitions[$0.id] == nil }
    changes.cached.removeAll { partitions[$0.partition] == nil }
    _ = catalog.remove(id)
    try forgetOffsets(in: known.topic.partitions)
    try deleteTopicRows(known)
    changes.removedPartitions += known.topic.partitions
    changes.isCatalogChanged = true
    background.hasDeletedPartitions = true
    return .success(known.topic)
  }

  private func deleteTopicRows(_ entry: WorkingCatalog.Entry) throws(SQLiteError) {
    try connection.prepare(
      "INSERT INTO deleted_partitions SELECT id, ? FROM partitions WHERE topic_id = ?"
    ).run(now, entry.rowID)
    try connection.prepare("DELETE FROM partitions WHERE topic_id = ?").run(entry.rowID)
    try connection.prepare("DELETE FROM topics WHERE id = ?").run(entry.rowID)
    let configs = try connection.prepare(
      "DELETE FROM config_overrides WHERE entity_type = 'topic' AND entity_name = ?")
    try configs.bind(entry.topic.name, at: 1)
    try configs.run()
    try connection.execute("DROP VIEW IF EXISTS \(SQL.identifier(entry.viewName))")
  }

  // MARK: Rows and tables

  private func insertTopicRow(_ new: NewTopic, viewName: String) throws(SQLiteError) -> Int64 {
    let row = try connection.prepare(
      """
      INSERT INTO topics(uuid, name, view_name, is_internal, created_at) VALUES (?, ?, ?, ?, ?)
      RETURNING id
      """)
    try row.bind(new.id.bytes, at: 1)
    try row.bind(new.name, at: 2)
    try row.bind(viewName, at: 3)
    try row.bind(new.isInternal ? 1 : 0, at: 4)
    try row.bind(now, at: 5)
    let rowID = try row.step() ? row.integer(0) : 0
    try row.run()
    let config = try connection.prepare(
      """
      INSERT OR REPLACE INTO config_overrides(entity_type, entity_name, name, value, updated_at)
      VALUES ('topic', ?, ?, ?, ?)
      """)
    for (name, value) in new.configs {
      try config.bind(new.name, at: 1)
      try config.bind(name, at: 2)
      try config.bind(value, at: 3)
      try config.bind(now, at: 4)
      try config.run()
    }
    return rowID
  }

  private func addPartitions(_ count: Int, to id: TopicID) throws(SQLiteError) {
    guard let entry = catalog.topics[id] else { return }
    let row = try connection.prepare(
      "INSERT INTO partitions(topic_id, number, view_number) VALUES (?, ?, ?) RETURNING id")
    let present = entry.topic.partitions.count
    for number in present..<present + count {
      let viewNumber = catalog.firstViewNumberWithRoom(capacity: Views.armsPerView)
      try row.bind(entry.rowID, at: 1)
      try row.bind(Int64(number), at: 2)
      try row.bind(viewNumber, at: 3)
      let partition = PartitionID(try row.step() ? row.integer(0) : 0)
      try row.run()
      try connection.execute(RecordTable.definition(partition))
      let state = PartitionState(id: partition)
      partitions[partition] = state
      markDirty(state)
      catalog.add(partition, to: id, viewNumber: viewNumber)
      changes.changedViews.insert(viewNumber)
    }
  }

  // MARK: Views

  /// `topic_<name>`, unless something has that name already (in any case: SQL's names do not
  /// distinguish it), then with the first number that is free.
  private func freeViewName(for name: String) throws(SQLiteError) -> String {
    let taken = try connection.prepare(
      "SELECT 1 FROM sqlite_schema WHERE name = ? COLLATE NOCASE")
    let next = try connection.integer("SELECT seq FROM sqlite_sequence WHERE name = 'topics'")
    var candidate = "topic_\(name)"
    var suffix = (next ?? 0) + 1
    while true {
      try taken.bind(candidate, at: 1)
      let isTaken = try taken.step()
      taken.reset()
      if !isTaken { return candidate }
      candidate = "topic_\(name)_\(suffix)"
      suffix += 1
    }
  }

  private func rebuildTopicView(_ id: TopicID) throws(SQLiteError) {
    guard let entry = catalog.topics[id] else { return }
    let arms = entry.topic.partitions.enumerated().map {
      Views.Arm(topic: entry.topic.name, number: $0, partition: $1)
    }
    let chunks = Set(entry.topic.partitions.compactMap { catalog.viewNumbers[$0] }).sorted()
    try connection.execute("DROP VIEW IF EXISTS \(SQL.identifier(entry.viewName))")
    if arms.isEmpty { return }
    try connection.execute(
      Views.topic(entry.viewName, name: entry.topic.name, arms: arms, chunks: chunks))
  }

  /// Once a transaction, for all that has changed in it.
  func rebuildViews() throws(SQLiteError) {
    var arms: [Int64: [Views.Arm]] = [:]
    for entry in catalog.topics.values {
      for (number, partition) in entry.topic.partitions.enumerated() {
        guard let chunk = catalog.viewNumbers[partition], changes.changedViews.contains(chunk)
        else { continue }
        arms[chunk, default: []].append(
          Views.Arm(topic: entry.topic.name, number: number, partition: partition))
      }
    }
    for chunk in changes.changedViews.sorted() {
      try connection.execute("DROP VIEW IF EXISTS \(Views.chunkName(chunk))")
      guard let arms = arms[chunk] else { continue }
      let sorted = arms.sorted { ($0.topic, $0.number) < ($1.topic, $1.number) }
      try connection.execute(Views.chunk(chunk, arms: sorted))
    }
    try connection.execute("DROP VIEW IF EXISTS messages")
    try connection.execute(Views.all(catalog.viewPopulation.keys.sorted()))
  }
}
