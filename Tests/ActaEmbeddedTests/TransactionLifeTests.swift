import ActaEmbedded
import Dispatch
import LogTestSupport
import Testing

@Suite("Transactions out of place") struct TransactionLifeTests {
  @Test("one inside of another is refused with a sentence")
  func nested() async throws {
    try await Place.memory.run { acta in
      let inner = Recorder<any Error>()
      try await acta.transaction { sql, _ in
        let done = DispatchSemaphore(value: 0)
        Task {
          do {
            try await acta.transaction { _, _ in }
          } catch {
            inner.append(error)
          }
          done.signal()
        }
        done.wait()
        try sql.execute("INSERT INTO accounts VALUES ('alice', 1)")
      }
      let failure = inner.values.first as? TransactionFailure
      #expect(failure?.reason == .nested)
      #expect(failure?.description.contains("inside of another") == true)
      #expect(try await acta.accounts() == ["alice": 1])
    }
  }

  @Test("a task that a transaction has made may begin another behind its end, or of another Acta")
  func later() async throws {
    try await Place.memory.run { acta in
      try await Place.memory.run { other in
        let task = try await acta.transaction { _, _ in
          let gate = DispatchSemaphore(value: 0)
          Task {
            try await other.transaction { sql, _ in
              _ = try sql.execute("INSERT INTO accounts VALUES ('alice', 1)")
            }
            gate.signal()
          }
          gate.wait()
          return Task {
            while true {
              do {
                return try await acta.transaction { sql, _ in
                  _ = try sql.execute("INSERT INTO accounts VALUES ('bob', 1)")
                }
              } catch let error as TransactionFailure where error.reason == .nested {
                await Task.yield()
              }
            }
          }
        }
        try await task.value
        #expect(try await other.accounts() == ["alice": 1])
      }
      #expect(try await acta.accounts() == ["bob": 1])
    }
  }

  @Test("behind the end of the Acta it is refused")
  func stopped() async throws {
    let acta = try Acta(.memory)
    try await acta.shutdown()
    let error = await #expect(throws: TransactionFailure.self) {
      try await acta.transaction { _, _ in }
    }
    #expect(error?.reason == .stopped)
  }

  @Test("those that a shutdown finds are done or refused, all of them", arguments: Place.allCases)
  func stopping(_ place: Place) async throws {
    try await place.run { acta in
      let ended = await withTaskGroup(of: Int.self) { group in
        for n in 0..<50 {
          group.addTask {
            do {
              try await acta.transaction { sql, log in
                try sql.execute("INSERT INTO accounts VALUES (?, 1)", "\(n)")
                try log.append(topic: "t", key: nil, value: "\(n)")
              }
            } catch {
              #expect((error as? TransactionFailure)?.reason != nil)
            }
            return 1
          }
        }
        group.addTask {
          try? await acta.shutdown()
          return 0
        }
        return await group.reduce(0, +)
      }
      #expect(ended == 50)
    }
  }

  @Test("sql and log say so when they are used behind the end")
  func escaped() async throws {
    try await Place.memory.run { acta in
      let kept = Kept()
      try await acta.transaction { sql, log in kept.keep(sql, log) }
      #expect(kept.sqlFailure == .ended)
      #expect(kept.logFailure == .ended)
    }
  }

  /// What nobody should do. `@unchecked Sendable`: it is filled on the writing thread before the transaction ends,
  /// and read when it has ended.
  private final class Kept: @unchecked Sendable {
    private var sql: TransactionSQL?
    private var log: TransactionLog?

    func keep(_ sql: TransactionSQL, _ log: TransactionLog) {
      self.sql = sql
      self.log = log
    }

    var sqlFailure: TransactionFailure.Reason? {
      do throws(TransactionFailure) {
        try sql?.execute("SELECT 1")
        return nil
      } catch {
        return error.reason
      }
    }

    var logFailure: TransactionFailure.Reason? {
      do throws(TransactionFailure) {
        try log?.append(topic: "t", key: nil, value: "v")
        return nil
      } catch {
        return error.reason
      }
    }
  }

  @Test("a task that is cancelled begins none, and one that has begun goes on to its end")
  func cancelled() async throws {
    try await Place.memory.run { acta in
      let task = Task {
        while !Task.isCancelled { await Task.yield() }
        try await acta.transaction { sql, _ in
          _ = try sql.execute("INSERT INTO accounts VALUES ('alice', 1)")
        }
      }
      task.cancel()
      await #expect(throws: CancellationError.self) { try await task.value }
      #expect(try await acta.accounts().isEmpty)
      let begun = DispatchSemaphore(value: 0)
      let running = Task {
        try await acta.transaction { sql, _ in
          begun.signal()
          _ = try sql.execute("INSERT INTO accounts VALUES ('bob', 1)")
        }
      }
      await Task.detached { begun.wait() }.value
      running.cancel()
      try await running.value
      #expect(try await acta.accounts() == ["bob": 1])
    }
  }
}
