import ActaModel
import BatchCodec
import LogStorage
import LogTestSupport
import ModelLiterals
import Testing

/// Parts of a turn that are taken back by themselves.
@Suite("Attempts in a turn") struct AttemptTests {
  private struct Stop: Error {}

  /// Appends the values in an attempt, and has it fail if `fails`; the base offsets are the result.
  private static func attempt(
    _ values: [String], _ log: any LogStorage, _ partition: PartitionID, fails: Bool
  ) async -> Result<[Offset], any Error> {
    await withCheckedContinuation { done in
      log.turn(
        { rows in
          let result = try rows.attempt {
            let offsets = try values.map {
              try rows.append(try batch($0), to: partition).get().baseOffset
            }
            if fails { throw Stop() }
            return offsets
          }
          return { done.resume(returning: result) }
        }, refuse: { done.resume(returning: .failure($0)) })
    }
  }

  @Test(
    "one that throws leaves nothing, and the next gets its offsets", arguments: Backend.allCases)
  func takenBack(_ backend: Backend) async throws {
    try await backend.run { log in
      let partition = try await log.makeTopic("t")[0]
      // The partition's first records are taken back, and with them what holds them.
      await #expect(throws: Stop.self) {
        try await Self.attempt(["a", "b"], log, partition, fails: true).get()
      }
      #expect(try await Self.attempt(["c", "d"], log, partition, fails: false).get() == [0, 1])
      await #expect(throws: Stop.self) {
        try await Self.attempt(["e"], log, partition, fails: true).get()
      }
      #expect(try await log.write(try batch("f"), to: partition).baseOffset == 2)
      #expect(try await log.values(partition) == ["c", "d", "f"])
      #expect(
        log.bounds(of: partition)
          == LogBounds(logStartOffset: 0, highWatermark: 3, logEndOffset: 3))
    }
  }

  @Test(
    "those that share the turn with one that throws are not touched", arguments: Backend.allCases)
  func shared(_ backend: Backend) async throws {
    try await backend.run { log in
      let partition = try await log.makeTopic("t")[0]
      let kept = try await withThrowingTaskGroup(of: String?.self) { group in
        for n in 0..<60 {
          group.addTask {
            let producer = TestProducer(id: Int64(n), epoch: 0, sequence: 0)
            switch n % 3 {
            case 0:
              _ = await Self.attempt(["never", "never"], log, partition, fails: true)
              return nil
            case 1: _ = try await Self.attempt(["\(n)"], log, partition, fails: false).get()
            default:
              try await log.write(
                try producedBatch([TestRecord(value: "\(n)")], producer: producer), to: partition)
            }
            return "\(n)"
          }
        }
        return try await group.reduce(into: []) { $0 += $1.map { [$0] } ?? [] }
      }
      let found = try await log.records(partition)
      #expect(found.map(\.offset) == (0..<40).map { Int64($0) })
      #expect(
        found.map { String(decoding: $0.value ?? [], as: UTF8.self) }.sorted()
          == kept.sorted())
    }
  }
}
