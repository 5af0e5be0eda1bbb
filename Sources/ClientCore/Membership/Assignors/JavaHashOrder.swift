// In which order Java's `HashMap` and `HashSet` list what is in them. Java's sticky assignors let the first one
// listed keep more than the others where not all can, so that whoever is to come to the same result must list
// the same way: by the low bits of the hash, as many as the table has, and those that have the same in the order
// in which they came. (From eight of those on Java changes to a tree, whose order is another; among names that
// nobody has chosen to that end it does not come to that.)

enum JavaHash {
  /// `String.hashCode`, over UTF-16.
  static func code(of text: String) -> UInt32 {
    text.utf16.reduce(0) { $0 &* 31 &+ UInt32($1) }
  }

  /// `TopicPartition.hashCode`
  static func code(ofTopic topic: UInt32, partition: Int32) -> UInt32 {
    31 &* (31 &+ UInt32(bitPattern: partition)) &+ topic
  }

  /// The place in a table of a power of two.
  static func bucket(of code: UInt32, capacity: Int) -> Int {
    Int(code ^ (code >> 16)) & (capacity - 1)
  }

  static var firstCapacity: Int { 16 }

  /// How large a table is that has grown to hold as many.
  static func capacity(for count: Int, from capacity: Int = firstCapacity) -> Int {
    var capacity = capacity
    while count > capacity / 4 * 3 { capacity *= 2 }
    return capacity
  }

  /// The places of distinct keys, in the order in which a `HashMap` lists them that they were put into in theirs.
  static func order(of keys: [String]) -> [Int] {
    let buckets = buckets(of: keys, grownFor: keys.count)
    return keys.indices.sorted { (buckets[$0], $0) < (buckets[$1], $1) }
  }

  /// Keys in the order in which a `HashMap` lists them that `put` was called with.
  static func listed(_ keys: [String]) -> [String] { order(of: keys).map { keys[$0] } }

  /// Keys in the order in which a `HashMap` lists them that `computeIfAbsent` was called with, which puts them
  /// before those in the same place, and makes room before it looks whether it has to add something.
  ///
  /// - Parameter count: How many there were when it was called last.
  static func listedIfAbsent(_ keys: [String], grownFor count: Int) -> [String] {
    let buckets = buckets(of: keys, grownFor: count)
    return keys.indices.sorted { (buckets[$0], -$0) < (buckets[$1], -$1) }.map { keys[$0] }
  }

  private static func buckets(of keys: [String], grownFor count: Int) -> [Int] {
    let capacity = capacity(for: count)
    return keys.map { bucket(of: code(of: $0), capacity: capacity) }
  }
}

/// A `HashSet` of one topic's partitions, of which the first one listed is asked for.
struct JavaHashSet {
  private struct Entry {
    let partition: Int
    let code: UInt32
    let sequence: Int
  }

  private var entries: [Entry] = []
  private var capacity = JavaHash.firstCapacity
  private var lastSequence = 0

  var isEmpty: Bool { entries.isEmpty }

  var first: Int? {
    entries.min { one, other in
      let oneBucket = JavaHash.bucket(of: one.code, capacity: capacity)
      let otherBucket = JavaHash.bucket(of: other.code, capacity: capacity)
      return (oneBucket, one.sequence) < (otherBucket, other.sequence)
    }?.partition
  }

  mutating func insert(_ partition: Int, code: UInt32) {
    guard !entries.contains(where: { $0.partition == partition }) else { return }
    lastSequence += 1
    entries.append(Entry(partition: partition, code: code, sequence: lastSequence))
    capacity = JavaHash.capacity(for: entries.count, from: capacity)
  }

  mutating func remove(_ partition: Int) { entries.removeAll { $0.partition == partition } }
}

extension String {
  /// `String.compareTo`, by UTF-16.
  func javaPrecedes(_ other: String) -> Bool {
    utf16.lexicographicallyPrecedes(other.utf16)
  }
}
