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
    /// In the order of their numbers.
    var partitions: [PartitionID] = []
  }

  private(set) var entries: [TopicID: Entry] = [:]
  /// Topics by what SQL takes their names for.
  private var namesakes: [String: Set<TopicID>] = [:]
  private var numbers: [PartitionID: Int64] = [:]
  /// How many partitions each `messages_<n>` shows.
  private var population: [Int64: Int] = [:]

  init(_ database: Database) throws(SQLiteError) {
    let rows = try database.prepare(
      """
      SELECT t.id, t.uuid, t.name, t.view_name, p.id, p.view_number
      FROM topics AS t LEFT JOIN partitions AS p ON p.topic_id = t.id ORDER BY t.id, p.number
      """)
    while try rows.step() {
      // A topic whose id cannot be read is refused by whoever reads topics.
      guard let id = TopicID(bytes: rows.bytes(1)) else { continue }
      if entries[id] == nil {
        insert(Entry(rowID: rows.integer(0), name: rows.text(2), viewName: rows.text(3)), id)
      }
      if let partition = rows.nullableInteger(4) {
        add(PartitionID(partition), to: id, viewNumber: rows.integer(5))
      }
    }
  }

  func entry(_ topic: TopicID) throws -> Entry {
    guard let entry = entries[topic] else {
      throw StoreError.refused("topic \(topic) has no row")
    }
    return entry
  }

  func insert(_ entry: Entry, _ topic: TopicID) {
    entries[topic] = entry
    namesakes[TopicViewName.folded(entry.name), default: []].insert(topic)
  }

  func rename(_ topic: TopicID, _ viewName: String) { entries[topic]?.viewName = viewName }

  /// Topics that SQL cannot tell from one of this name.
  func namesakes(of name: String) -> Set<TopicID> {
    namesakes[TopicViewName.folded(name)] ?? []
  }

  /// The partition follows the topic's last one.
  func add(_ partition: PartitionID, to topic: TopicID, viewNumber: Int64) {
    entries[topic]?.partitions.append(partition)
    numbers[partition] = viewNumber
    population[viewNumber, default: 0] += 1
  }

  /// Returns the numbers of the views that showed it.
  func remove(_ topic: TopicID) -> Set<Int64> {
    guard let entry = entries.removeValue(forKey: topic) else { return [] }
    let folded = TopicViewName.folded(entry.name)
    namesakes[folded]?.remove(topic)
    if namesakes[folded]?.isEmpty == true { namesakes[folded] = nil }
    var changed: Set<Int64> = []
    for partition in entry.partitions {
      guard let number = numbers.removeValue(forKey: partition) else { continue }
      let left = population[number, default: 1] - 1
      population[number] = left > 0 ? left : nil
      changed.insert(number)
    }
    return changed
  }

  var partitionCount: Int { numbers.count }

  var numbersInUse: [Int64] { population.keys.sorted() }

  func numbers(of entry: Entry) -> [Int64] {
    Set(entry.partitions.compactMap { numbers[$0] }).sorted()
  }

  /// The lowest view with room for another partition.
  func firstNumberWithRoom(capacity: Int) -> Int64 {
    var number: Int64 = 1
    while population[number, default: 0] >= capacity { number += 1 }
    return number
  }

  func arms(of entry: Entry) -> [Views.Arm] {
    entry.partitions.enumerated().map {
      Views.Arm(topic: entry.name, number: $0, partition: $1)
    }
  }

  func arms(in views: Set<Int64>) -> [Int64: [Views.Arm]] {
    var arms: [Int64: [Views.Arm]] = [:]
    for entry in entries.values {
      for (number, partition) in entry.partitions.enumerated() {
        guard let view = numbers[partition], views.contains(view) else { continue }
        arms[view, default: []].append(
          Views.Arm(topic: entry.name, number: number, partition: partition))
      }
    }
    return arms
  }
}
