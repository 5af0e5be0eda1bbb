import ActaModel
import LogStorage
import LogTestSupport
import ModelLiterals
import Testing

@testable import LogEngine

/// Deletions as the engine shares them out among turns.
@Suite("Trims in slices") struct TrimmingTests {
  private let store = ScriptedStore()
  private static let batches = 30

  /// An engine with batches of some 100 KB: a few fit into a slice, whatever the pace finds.
  private func withLogs(
    _ body: (LogEngine, [PartitionID]) async throws -> Void
  ) async throws {
    let engine = try LogEngine(store, options: EngineOptions())
    let partitions = try await engine.makeTopic("t", partitions: 3)
    let value = String(repeating: "x", count: 100_000)
    for partition in partitions {
      for _ in 0..<Self.batches { try await engine.write(try batch(value), to: partition) }
    }
    try await body(engine, partitions)
    engine.close()
  }

  private var commits: Int { store.calls.count { $0 == "commit" } }

  @Test("all deletions of a turn share what it may do; each arrives and is one pass")
  func shared() async throws {
    try await withLogs { engine, partitions in
      try await engine.write([.putGroup(GroupRow(name: "g"))])
      for partition in partitions { try await engine.commit(3, partition).get() }
      let before = commits
      let results = await engine.trim(
        partitions.map {
          RecordDeletion(partition: $0, beforeOffset: $0 == partitions[1] ? 20 : nil)
        })
      #expect(results == [.success(30), .success(20), .success(30)])
      // Eight megabytes, of which two at most go at once.
      #expect(commits - before >= 4)
      for partition in partitions {
        let start = partition == partitions[1] ? 20 : 30
        #expect(engine.bounds(of: partition)?.logStartOffset == Offset(Int64(start)))
        #expect(store.tables.partitions[partition]?.logStartOffset == Offset(Int64(start)))
      }
      #expect(store.tables.losses.count == 1)
      let lost: Int64 = try #require(store.tables.losses.values.first?["g"])
      // From 3 to where each of the logs begins now.
      #expect(lost == 71)
    }
  }

  @Test("records that come meanwhile are not deleted by a trim to the end")
  func meanwhile() async throws {
    try await withLogs { engine, partitions in
      async let trimmed = engine.trim([RecordDeletion(partition: partitions[0], beforeOffset: nil)])
      for _ in 0..<5 { try await engine.write(try batch("new"), to: partitions[0]) }
      let start = try await trimmed[0].get()
      #expect(start >= 30)
      #expect(try await engine.values(partitions[0], from: start).count == Int(35 - start.value))
    }
  }

  @Test("a slice that fails is taken back whole, and the rest goes on")
  func failure() async throws {
    try await withLogs { engine, partitions in
      // Once in a turn that it shares, and once alone.
      store.fail(.writePartition, after: 1, with: .refused("a trigger"))
      store.fail(.writePartition, with: .refused("a trigger"))
      let policy = RetentionPolicy(deleteBeforeTimestamp: .max, maxBytes: nil)
      guard case .failure = await engine.retain(policy, partitions[0]) else {
        Issue.record("the failure was not reported")
        return
      }
      let start = try #require(engine.bounds(of: partitions[0])).logStartOffset
      #expect(store.tables.batches[partitions[0]]?.first?.summary.baseOffset == start)
      #expect(try await engine.retain(policy, partitions[0]).get() == Int(30 - start.value))
    }
  }
}
