import CSQLite

extension Connection {
  /// Statements that still run in so long from now are interrupted (`SQLiteError.isInterrupted`), and those whose task
  /// is cancelled; `nil`: none are.
  package func limit(statementsToMilliseconds limit: Int64?) {
    guard let limit else { return sqlite3_progress_handler(handle, 0, nil, nil) }
    patience.pointee.deadlineNanoseconds = LockPatience.nanoseconds() + limit * 1_000_000
    sqlite3_progress_handler(
      handle, Self.stepsBetweenLooks,
      { context in
        let patience = context.unsafelyUnwrapped.assumingMemoryBound(to: LockPatience.self)
        let isTooLate = LockPatience.nanoseconds() > patience.pointee.deadlineNanoseconds
        return isTooLate || Task.isCancelled ? 1 : 0
      }, patience)
  }

  /// SQLite asks every so many steps of its virtual machine, some tenths of a millisecond.
  private static var stepsBetweenLooks: Int32 { 20_000 }
}
