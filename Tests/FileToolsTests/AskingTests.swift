import FileTools
import LogTestSupport
import SQLiteStore
import Testing

@Suite("Asking a log's file") struct AskingTests {
  private func offsets(_ log: SampleLog, _ change: (inout RecordSearch.Condition) -> Void) throws
    -> [Int64]
  {
    let stored = try StoredLog(reading: log.path)
    var condition = RecordSearch.Condition()
    change(&condition)
    var found: [Int64] = []
    for partition in try stored.partitions() where partition.name == "orders-0" {
      _ = try RecordSearch(stored, condition).run(in: partition) { match in
        found.append(match.offset)
        return true
      }
    }
    return found
  }

  @Test("records are found by key, by text and by time, without what was not committed")
  func search() async throws {
    let log = try await SampleLog()
    #expect(try offsets(log) { $0.key = Array("k1".utf8) } == [0, 3, 5])
    #expect(try offsets(log) { $0.text = Array("orl".utf8) } == [1])
    #expect(try offsets(log) { $0.since = 1_700_000_000_001 } == [1])
    #expect(try offsets(log) { $0.text = Array("a".utf8) } == [6])
    #expect(try offsets(log) { $0.text = Array("c".utf8) } == [])
    #expect(
      try offsets(log) {
        $0.text = Array("c".utf8)
        $0.includesUncommitted = true
      } == [9])
  }

  @Test("a condition on JSON has a path, and perhaps a value")
  func conditions() {
    #expect(JSONCondition("$.a")?.comparison == .exists)
    #expect(JSONCondition("$.a=b=c")?.comparison == .equal("b=c"))
    #expect(JSONCondition("$.a!=")?.comparison == .unequal(""))
    #expect(JSONCondition("$.a!=1")?.path == "$.a")
    #expect(JSONCondition("a=1") == nil)
  }

  @Test("a copy is never made over a file, and is what the original was")
  func copies() async throws {
    let log = try await SampleLog()
    let stored = try StoredLog(reading: log.path)
    let target = log.directory.path("copy.db")
    let outcome = try LogBackup(stored, to: target).run()
    #expect(try LogCheck(try StoredLog(reading: target)).run().all == [])
    #expect(outcome.records > 10)
    #expect(throws: CopyError.exists(target)) { try LogBackup(stored, to: target).run() }
    let branch = try LogBranch(stored, to: log.directory.path("branch.db")).run()
    #expect(branch.clusterID != branch.formerClusterID)
    #expect(branch.firstEpoch > 1_000)
  }

  @Test("what ends a copy leaves nothing")
  func cancelled() async throws {
    let log = try await SampleLog()
    struct Ended: Error {}
    let target = log.directory.path("copy.db")
    #expect(throws: Ended.self) {
      try LogBackup(try StoredLog(reading: log.path), to: target).run(progress: { stage in
        if case .syncing = stage { throw Ended() }
      })
    }
    #expect(throws: OpeningError.self) { try StoredLog(reading: target) }
    _ = try LogBackup(try StoredLog(reading: log.path), to: target).run()
  }
}
