import SQLite

/// Forgetting what is old in the audit trail, a slice at a time.
extension AuditTrail {
  /// Deletes up to a slice of rows from before `time`, in the order in which they were written, up to
  /// the first that is younger; 0 when there are none left.
  func trim(olderThan time: Int64) throws(SQLiteError) -> Int {
    let state = try state()
    var deleted = 0
    if let last = try lastGone(of: "offset_commits", time: "committed_at", olderThan: time) {
      deleted += try database.run("DELETE FROM offset_commits WHERE id <= ?", last)
      // Ids are not used again, not even if these were the last.
      state.endsInRow = false
      try database.run(
        "UPDATE audit_progress SET indexed_through = max(indexed_through, ?)", last)
      state.indexedThrough = min(max(state.indexedThrough, last), Plausible.count.upperBound)
    }
    if let last = try lastGone(of: "group_events", time: "occurred_at", olderThan: time) {
      deleted += try database.run("DELETE FROM group_events WHERE id <= ?", last)
    }
    if let last = try lastGone(of: "unread_losses", time: "occurred_at", olderThan: time) {
      deleted += try database.run("DELETE FROM unread_losses WHERE id <= ?", last)
    }
    return deleted + (try trimConfigHistory(olderThan: time))
  }

  /// The last change of what is set still stays, however old: it says who has set it, and what another
  /// program replaces is known from there. So does the last row of all: its id must not be given again.
  private func trimConfigHistory(olderThan time: Int64) throws(SQLiteError) -> Int {
    let rows = try database.prepare(
      """
      SELECT id, changed_at, (value_after IS NULL OR EXISTS (
        SELECT 1 FROM config_history AS later
        WHERE later.entity_type = h.entity_type AND later.entity_name = h.entity_name
          AND later.name = h.name AND later.id > h.id))
        AND h.id < (SELECT max(id) FROM config_history)
      FROM config_history AS h ORDER BY id
      """)
    var gone: [Int64] = []
    while gone.count < sliceRows, try rows.step(), rows.integer(1) < time {
      if rows.integer(2) != 0 { gone.append(rows.integer(0)) }
    }
    rows.reset()
    for id in gone { try database.run("DELETE FROM config_history WHERE id = ?", id) }
    return gone.count
  }

  /// The id of the last row that a slice deletes; `nil` when it deletes none.
  private func lastGone(
    of table: String, time column: String, olderThan time: Int64
  ) throws(SQLiteError) -> Int64? {
    let rows = try database.prepare("SELECT id, \(column) FROM \(table) ORDER BY id LIMIT ?")
    try rows.bind(Int64(sliceRows), at: 1)
    var last: Int64?
    while try rows.step() {
      guard rows.integer(1) < time else {
        rows.reset()
        break
      }
      last = rows.integer(0)
    }
    return last
  }

  /// Deletes names that no row has any more, up to a slice of each kind; 0 when there are none left.
  func trimNames() throws(SQLiteError) -> Int {
    let state = try state()
    let limit = Int64(sliceRows)
    let first = try database.integer("SELECT min(id) FROM offset_commits") ?? state.nextID
    var deleted = try database.run(
      """
      DELETE FROM committers WHERE id IN (SELECT id FROM committers WHERE used_through < ? LIMIT ?)
      """, first, limit)
    if deleted > 0 { state.forgetCommitters() }
    deleted += try database.run(
      """
      DELETE FROM audited_positions WHERE id IN (
        SELECT p.id FROM audited_positions AS p
        WHERE NOT EXISTS (
            SELECT 1 FROM offset_commits AS c WHERE c.position_id = p.id AND c.is_indexed = 1)
          AND p.id NOT IN (
            SELECT c.position_id FROM offset_commits AS c
            WHERE c.id > (SELECT indexed_through FROM audit_progress))
          AND p.id NOT IN (SELECT o.position_id FROM committed_offsets AS o)
        LIMIT ?)
      """, limit)
    return deleted
  }
}
