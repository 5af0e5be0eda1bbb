import ActaNode
import Broker

extension Acta {
  /// How long a transaction may take, in milliseconds, whatever is asked for.
  private static let mostMilliseconds = 10_000

  /// Writes rows of the application's own tables, appends records and commits positions: all of it or nothing.
  ///
  /// ```swift
  /// let paid = try await acta.transaction { sql, log in
  ///   try sql.execute("UPDATE accounts SET balance = balance - ? WHERE name = ?", 30, "alice")
  ///   return try log.append(topic: "payments", key: "alice", value: "30")
  /// }
  /// ```
  ///
  /// When this returns, all of it is on disk (with a file), seen by consumers and by whoever reads the file. When it
  /// throws, nothing of it has been, and what else was written at the same time stays.
  ///
  /// The closure runs on the thread that writes the log, in a turn that it shares with others: *everything that is
  /// written waits for it*, heartbeats too. It should take milliseconds, ask nobody and wait for nothing; what is
  /// slow is done before. It may run more than once (a topic has to be made first, another request has failed the
  /// turn): what it does apart from `sql` and `log` must bear that. It sees what it has written.
  ///
  /// - Parameters:
  ///   - limit: Milliseconds, 10,000 at most, after which a statement is interrupted and `sql` and `log` refuse
  ///     everything. The closure itself cannot be interrupted.
  ///   - body: What to do; its result is that of the transaction.
  /// - Throws: What `body` throws, `TransactionFailure`, and `CancellationError` from a task that was cancelled
  ///   before; once it has begun it goes on to its end.
  @discardableResult
  public func transaction<R: Sendable>(
    withinMilliseconds limit: Int = 1_000,
    _ body: @escaping @Sendable (_ sql: TransactionSQL, _ log: TransactionLog) throws -> R
  ) async throws -> R {
    try Task.checkCancellation()
    if TransactionScope.isInside(of: node) { throw TransactionFailure.nested }
    let scope = TransactionScope(node)
    do {
      return try await node.transaction(
        withinMilliseconds: Int64(min(max(limit, 0), Self.mostMilliseconds))
      ) { turn in
        try scope.run { try body(TransactionSQL(turn), TransactionLog(turn)) }
      }
    } catch let refusal as ApplicationRefusal {
      throw TransactionFailure(refusal)
    }
  }
}
