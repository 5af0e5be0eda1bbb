import ActaModel
import LogStorage
import SQLite

/// What the views over topics need to know: the rows' numbers, the views' names, and which partition
/// stands in which of the numbered views.
final class TopicViews {
  struct Entry {
    let rowID: Int64
    let name: String
    var viewName: String
    /// Views must ask what of it is open and what was aborted.
    var hasTransactions = false
    /// The partitions that have a table, by their numbers in the topic.
    var tables: [Int: PartitionID] = [:]
    /// How many of them each `messages_<n>` shows.
    fileprivate(set) var chunks: [Int64: Int] = [:]

    fileprivate func arm(_ number: Int, _ partition: PartitionID) -> Views.Arm {
      Views.Arm(
        topic: name, number: number, partition: partition, hasTransactions: hasTransactions)
    }
  }

  private struct Member {
    let topic: TopicID
    let number: Int
  }

  private(set) var entries: [TopicID: Entry] = [:]
  /// Topics by what SQL takes their names for.
  private var namesakes: [String: Set<TopicID>] = [:]
  private var topics: [Int64: TopicID] = [:]
  /// Their names as SQL takes them, whether the views are made yet or not.
  private var viewNames: Set<String> = []
  /// What each `messages_<n>` shows.
  private var chunks: [Int64: [PartitionID: Member]] = [:]

  init(_ database: Database) throws(SQLiteError) {
    let rows = try database.prepare(
      """
      SELECT t.id, t.uuid, t.name, t.view_name, p.id, p.number, p.view_number,
        t.has_transactions
      FROM topics AS t LEFT JOIN partitions AS p ON p.topic_id = t.id AND p.view_number > 0
      """)
    while try rows.step() {
      // A topic whose id cannot be read is refused by whoever reads topics.
      guard let id = TopicID(bytes: rows.bytes(1)) else { continue }
      if entries[id] == nil {
        insert(
          Entry(
            rowID: rows.integer(0), name: rows.text(2), viewName: rows.text(3),
            hasTransactions: rows.integer(7) != 0), id)
      }
      if let partition = rows.nullableInteger(4) {
        add(
          PartitionID(partition), number: Int(rows.integer(5)), to: id,
          viewNumber: rows.integer(6))
      }
    }
  }

  func entry(_ topic: TopicID) throws -> Entry {
    guard let entry = entries[topic] else {
      throw StoreError.refused("topic \(topic) has no row")
    }
    return entry
  }

  /// The topic with this row.
  func topic(_ rowID: Int64) throws -> TopicID {
    guard let topic = topics[rowID] else { throw StoreError.refused("no topic has row \(rowID)") }
    return topic
  }

  func insert(_ entry: Entry, _ topic: TopicID) {
    entries[topic] = entry
    topics[entry.rowID] = topic
    viewNames.insert(TopicViewName.folded(entry.viewName))
    namesakes[TopicViewName.folded(entry.name), default: []].insert(topic)
  }

  func rename(_ topic: TopicID, _ viewName: String) {
    guard let entry = entries[topic] else { return }
    viewNames.remove(TopicViewName.folded(entry.viewName))
    viewNames.insert(TopicViewName.folded(viewName))
    entries[topic]?.viewName = viewName
  }

  /// Topics that SQL cannot tell from one of this name.
  func namesakes(of name: String) -> Set<TopicID> {
    namesakes[TopicViewName.folded(name)] ?? []
  }

  func add(_ partition: PartitionID, number: Int, to topic: TopicID, viewNumber: Int64) {
    entries[topic]?.tables[number] = partition
    entries[topic]?.chunks[viewNumber, default: 0] += 1
    chunks[viewNumber, default: [:]][partition] = Member(topic: topic, number: number)
  }

  /// Returns the numbers of the views that showed it.
  func remove(_ topic: TopicID) -> Set<Int64> {
    guard let entry = entries.removeValue(forKey: topic) else { return [] }
    topics[entry.rowID] = nil
    viewNames.remove(TopicViewName.folded(entry.viewName))
    let folded = TopicViewName.folded(entry.name)
    namesakes[folded]?.remove(topic)
    if namesakes[folded]?.isEmpty == true { namesakes[folded] = nil }
    for (number, count) in entry.chunks {
      if chunks[number]?.count == count {
        chunks[number] = nil
      } else {
        for partition in entry.tables.values { chunks[number]?[partition] = nil }
      }
    }
    return Set(entry.chunks.keys)
  }

  func hasView(named name: String) -> Bool { viewNames.contains(TopicViewName.folded(name)) }

  /// How many partitions have one.
  var tableCount: Int { chunks.values.reduce(0) { $0 + $1.count } }

  var numbersInUse: Set<Int64> { Set(chunks.keys) }

  var chunksInUse: [Views.Chunk] { chunks(chunks.keys) }

  private func chunks(_ numbers: some Sequence<Int64>) -> [Views.Chunk] {
    let transactional = entries.values.lazy.filter(\.hasTransactions)
      .reduce(into: Set<Int64>()) { $0.formUnion($1.chunks.keys) }
    return numbers.sorted().map {
      Views.Chunk(number: $0, hasTransactions: transactional.contains($0))
    }
  }

  /// The lowest view with room for another partition.
  func firstNumberWithRoom(capacity: Int) -> Int64 {
    var number: Int64 = 1
    while (chunks[number]?.count ?? 0) >= capacity { number += 1 }
    return number
  }

  func arms(of entry: Entry) -> [Views.Arm] {
    entry.tables.sorted { $0.key < $1.key }.map { entry.arm($0.key, $0.value) }
  }

  /// The topic has transactions from now on. The result is the numbers of the views that show it.
  func noteTransactions(in topic: TopicID) -> Set<Int64> {
    entries[topic]?.hasTransactions = true
    return Set(entries[topic]?.chunks.keys.map { $0 } ?? [])
  }

  /// In the order of topics and partitions; none when the view has nothing to show.
  func arms(ofView number: Int64) -> [Views.Arm] {
    let arms = (chunks[number] ?? [:]).compactMap { partition, member in
      entries[member.topic].map { $0.arm(member.number, partition) }
    }
    return arms.sorted { ($0.topic, $0.number) < ($1.topic, $1.number) }
  }

  /// The topic's own view: over its tables, or, if they are more than one view can hold, over the
  /// chunks that have them.
  func definition(of entry: Entry) -> String {
    let isWide = entry.tables.count > Views.armsPerView
    return Views.topic(
      entry.viewName, name: entry.name, arms: isWide ? [] : arms(of: entry),
      chunks: isWide ? chunks(entry.chunks.keys) : [])
  }
}
