/// Prepared statements that are kept for the next time, by whatever names them, the least recently used
/// given up first.
package final class StatementCache<Key: Hashable> {
  package final class Entry {
    package let statement: Statement
    fileprivate var lastUse: UInt64 = 0

    fileprivate init(_ statement: consuming Statement) { self.statement = statement }
  }

  private let capacity: Int
  private var entries: [Key: Entry] = [:]
  private var uses: UInt64 = 0

  package init(capacity: Int) { self.capacity = max(1, capacity) }

  package func statement(
    for key: Key, _ prepare: () throws(SQLiteError) -> Statement
  ) throws(SQLiteError) -> Entry {
    uses += 1
    if let entry = entries[key] {
      entry.lastUse = uses
      return entry
    }
    if entries.count >= capacity,
      let oldest = entries.min(by: { $0.value.lastUse < $1.value.lastUse })
    {
      entries[oldest.key] = nil
    }
    let entry = Entry(try prepare())
    entry.lastUse = uses
    entries[key] = entry
    return entry
  }

  /// What the statement is about goes: a table that is dropped must have none.
  package func forget(_ key: Key) { entries[key] = nil }
}
