import ActaModel
import BatchCodec
import CRecordingVFS
import Foundation
import LogStorage
import LogTestSupport
import ModelLiterals
import SQLite
import Testing

@testable import LogEngine
@testable import SQLiteLog
@testable import SQLiteStore

extension CrashTests {
  /// How many transactions had ended, and were acknowledged, when so many operations had been made.
  private struct Ended: Sendable {
    let operations: Int64
    let count: Int
  }

  private static let transactional = Committer(
    source: .transaction, transactionalID: "tx", producerID: ProducerID(7))

  @Test(
    "a transaction is whole after a loss of power: its records, its markers, its position, its row")
  func transactions() async throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    var generator = SeededGenerator(seed: seed)
    let files = try recordedFiles()
    recording_start()
    let (history, outcomes) = try await transactionalWorkload(files, &generator)
    let count = recording_stop()
    let wanted =
      ProcessInfo.processInfo.environment["ACTA_CRASH_POINTS"].flatMap { Int64($0) } ?? 24
    let images = try TemporaryDirectory()
    var playback = DiskPlayback()
    var found = 0
    for point in stride(from: 1, through: count, by: Int(max(1, count / wanted))) {
      let promised = history.last { $0.operations <= point }?.count ?? 0
      for survival in Survival.allCases {
        let image = playback.image(after: point, survival, &generator)
        let comment: Comment = "seed \(seed), operation \(point), \(survival)"
        let ended = try await checkTransactions(image, in: images, outcomes, comment)
        #expect(ended >= promised, comment)
        found += ended
      }
    }
    #expect(found > 100, "seed \(seed)")
  }

  /// One transaction after another, each with a record in two partitions and a position. The result is which
  /// were committed.
  private func transactionalWorkload(
    _ files: FileStorage, _ generator: inout SeededGenerator
  ) async throws -> (history: [Ended], outcomes: [Bool]) {
    let log = try files.open()
    let partitions = try await log.makeTopic("t", partitions: 2)
    try await log.write([.putGroup(GroupRow(name: "g"))])
    var producer = TestTransactor(id: 7)
    var history: [Ended] = []
    var outcomes: [Bool] = []
    for number in 0..<60 {
      for partition in partitions {
        let sent = try producer.batch(["\(number)"], for: partition)
        try await log.write(sent, to: partition, number % 2 == 0 ? .committed : .synced)
        if Int.random(in: 0..<3, using: &generator) == 0 {
          try await log.write(try batch("plain"), to: partition, .committed)
        }
      }
      let isCommit = Bool.random(using: &generator)
      let commit = OffsetCommit(partition: partitions[0], offset: Int64(number))
      try await log.turn { _ = try $0.hold([commit], of: "g", by: Self.transactional) }
      if number % 3 == 0 { producer.raiseEpoch() }
      let (marker, ended) = (producer.claim, number + 1)
      try await log.turn { turn in
        try turn.end(
          TransactionEnd(
            transactionalID: "tx", marker: marker, isCommit: isCommit,
            partitions: Set(partitions), groups: [ExactText("g")]))
        try turn.write(
          TransactionRow(
            transactionalID: "tx", producer: marker, timeoutMilliseconds: 1,
            state: isCommit ? .completeCommit : .completeAbort, updatedAt: Int64(ended)))
      }
      outcomes.append(isCommit)
      history.append(Ended(operations: recording_count(), count: ended))
    }
    log.close()
    return (history, outcomes)
  }

  /// Returns how many transactions have ended in the image.
  private func checkTransactions(
    _ image: DiskImage, in directory: TemporaryDirectory, _ outcomes: [Bool], _ comment: Comment
  ) async throws -> Int {
    let path = directory.path("image.db")
    try image.write(to: path)
    var options = LogOptions()
    options.allowsNetworkFilesystem = true
    guard let log = try? LogEngine.open(.file(path), options: options) else { return 0 }
    defer { log.close() }
    let partitions = log.catalog().topics.flatMap(\.partitions)
    let resident = TestResident()
    try log.attach(resident)
    let ended = Int(resident.transactions.first?.updatedAt ?? 0)
    let committed = (0..<ended).filter { outcomes[$0] }
    for partition in partitions {
      let values = try await log.committedValues(partition).filter { $0 != "plain" }
      #expect(values == committed.map { "\($0)" }, comment)
    }
    let position = try await log.positions().values.first
    #expect(position == committed.last.map { Int64($0) }, comment)
    let file = try Connection(path: path, mode: .readOnly)
    #expect(try file.text("PRAGMA integrity_check") == "ok", comment)
    // What is open is one transaction at most, and what was aborted is remembered.
    let aborted = ended - committed.count
    let ranges = try file.rows(
      """
      SELECT count(*) = \(aborted) FROM transaction_ranges WHERE last_offset IS NOT NULL
      GROUP BY partition_id
      """)
    #expect(ranges.allSatisfy { $0 == "1" }, comment)
    let open = try file.integer(
      "SELECT count(DISTINCT producer_id) FROM transaction_ranges WHERE last_offset IS NULL")
    #expect(open ?? 0 <= 1, comment)
    return ended
  }
}
