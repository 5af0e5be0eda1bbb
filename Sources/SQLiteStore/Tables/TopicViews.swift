import ActaModel
import LogStorage
import SQLite

/// What the views over topics need to know: the rows' numbers, the views' names, and which partition
/// stands in which of the numbered views.
final class TopicViews {
  struct Entry {
    let rowID: Int64
    let name: String
    let viewName: String
    /// The partitions that have a table, by their numbers in the topic.
    var tables: [Int: PartitionID] = [:]
  }

  private var entries: [TopicID: Entry] = [:]
  private var topics: [Int64: TopicID] = [:]
  private var numbers: [PartitionID: Int64] = [:]
  /// How many partitions each `messages_<n>` shows.
  private var population: [Int64: Int] = [:]

  init(_ database: Database) throws(SQLiteError) {
    let rows = try database.prepare(
      """
      SELECT t.id, t.uuid, t.name, t.view_name, p.id, p.number, p.view_number
      FROM topics AS t LEFT JOIN partitions AS p ON p.topic_id = t.id AND p.view_number > 0
      """)
    while try rows.step() {
      // A topic whose id cannot be read is refused by whoever reads topics.
      guard let id = TopicID(bytes: rows.bytes(1)) else { continue }
      if entries[id] == nil {
        insert(Entry(rowID: rows.integer(0), name: rows.text(2), viewName: rows.text(3)), id)
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
  }

  func add(_ partition: PartitionID, number: Int, to topic: TopicID, viewNumber: Int64) {
    entries[topic]?.tables[number] = partition
    numbers[partition] = viewNumber
    population[viewNumber, default: 0] += 1
  }

  /// Returns the numbers of the views that showed it.
  func remove(_ topic: TopicID) -> Set<Int64> {
    guard let entry = entries.removeValue(forKey: topic) else { return [] }
    topics[entry.rowID] = nil
    var changed: Set<Int64> = []
    for partition in entry.tables.values {
      guard let number = numbers.removeValue(forKey: partition) else { continue }
      let left = population[number, default: 1] - 1
      population[number] = left > 0 ? left : nil
      changed.insert(number)
    }
    return changed
  }

  var numbersInUse: [Int64] { population.keys.sorted() }

  func numbers(of entry: Entry) -> [Int64] {
    Set(entry.tables.values.compactMap { numbers[$0] }).sorted()
  }

  /// The lowest view with room for another partition.
  func firstNumberWithRoom(capacity: Int) -> Int64 {
    var number: Int64 = 1
    while population[number, default: 0] >= capacity { number += 1 }
    return number
  }

  func arms(in views: Set<Int64>) -> [Int64: [Views.Arm]] {
    var arms: [Int64: [Views.Arm]] = [:]
    for entry in entries.values {
      for (number, partition) in entry.tables {
        guard let view = numbers[partition], views.contains(view) else { continue }
        arms[view, default: []].append(
          Views.Arm(topic: entry.name, number: number, partition: partition))
      }
    }
    return arms
  }
}
