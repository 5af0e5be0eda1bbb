import ActaModel
import LogStorage
import LogTestSupport
import ModelLiterals
import Testing

/// Positions that are held until a transaction ends.
@Suite("Group storage conformance: held positions")
struct HeldPositionTests {
  private static let committer = Committer(
    memberID: "m", clientID: "c", clientHost: "/h", generation: 4, source: .transaction,
    transactionalID: "tx", producerID: ProducerID(7))
  private static let claim = ProducerClaim(id: ProducerID(7), epoch: 0)

  private func hold(
    _ log: any LogStorage, _ offset: Int64, _ partition: PartitionID, of group: String = "g",
    by committer: Committer = committer
  ) async throws {
    let commit = OffsetCommit(partition: partition, offset: offset, metadata: "held")
    let result = try await log.turn { try $0.hold([commit], of: group, by: committer)[0] }
    try result.get()
  }

  private func held(
    _ log: any LogStorage, of group: String = "g", in partitions: [PartitionID]? = nil
  ) async throws -> Set<PartitionID> {
    try await log.turn { try $0.heldPartitions(of: group, in: partitions) }
  }

  @Test(
    "a held position is nobody's until its transaction is committed", arguments: Backend.allCases)
  func held(_ backend: Backend) async throws {
    try await backend.run { log in
      let partitions = try await log.makeTopic("t", partitions: 3)
      try await log.write([.putGroup(GroupRow(name: "g")), .putGroup(GroupRow(name: "h"))])
      try await log.commit(1, partitions[0])
      try await hold(log, 5, partitions[0])
      try await hold(log, 6, partitions[0])
      try await hold(log, 7, partitions[1])
      try await hold(log, 8, partitions[2], of: "h")
      var other = Self.committer
      other.producerID = ProducerID(8)
      try await hold(log, 9, partitions[1], by: other)
      #expect(try await log.positions() == [partitions[0]: 1])
      #expect(try await held(log) == [partitions[0], partitions[1]])
      #expect(try await held(log, in: [partitions[1], partitions[2]]) == [partitions[1]])
      #expect(try await held(log, of: "h") == [partitions[2]])
      try await log.end(Self.claim, isCommit: true, [], groups: ["g", "h"])
      #expect(try await log.positions() == [partitions[0]: 6, partitions[1]: 7])
      #expect(try await log.positions(of: "h") == [partitions[2]: 8])
      #expect(try await held(log) == [partitions[1]])
      try await log.end(
        ProducerClaim(id: ProducerID(8), epoch: 0), isCommit: false, [], groups: ["g"])
      #expect(try await log.positions()[partitions[1]] == 7)
      #expect(try await held(log).isEmpty)
    }
  }

  @Test("a position is held over a restart", arguments: Backend.allCases)
  func heldRestart(_ backend: Backend) async throws {
    let place = try Backend.Place(backend)
    guard place.isLasting else { return }
    var log = try place.open()
    let partition = try await log.makeTopic("t")[0]
    try await log.write([.putGroup(GroupRow(name: "g"))])
    try await hold(log, 5, partition)
    log.close()
    log = try place.open()
    #expect(try await held(log) == [partition])
    try await log.end(Self.claim, isCommit: true, [], groups: ["g"])
    #expect(try await log.positions() == [partition: 5])
    log.close()
  }

  @Test(
    "what a group commits after a position was held stays, whatever the clock says",
    arguments: Backend.allCases, [-3_000, 0, 1])
  func later(_ backend: Backend, step: Int64) async throws {
    let clock = TestClock()
    let place = try Backend.Place(backend, now: { clock.now })
    let log = try place.open()
    let partitions = try await log.makeTopic("t", partitions: 2)
    try await log.write([.putGroup(GroupRow(name: "g"))])
    try await hold(log, 5, partitions[0])
    clock.advance(by: step)
    try await log.commit(9, partitions[0])
    try await log.commit(9, partitions[1])
    clock.advance(by: step)
    try await hold(log, 6, partitions[1])
    #expect(try await held(log) == [partitions[1]])
    try await log.end(Self.claim, isCommit: true, [], groups: ["g"])
    #expect(try await log.positions() == [partitions[0]: 9, partitions[1]: 6])
    log.close()
  }

  @Test(
    "a producer's next transaction counts also when the clock was set back between them",
    arguments: Backend.allCases)
  func clockSetBack(_ backend: Backend) async throws {
    let clock = TestClock()
    let place = try Backend.Place(backend, now: { clock.now })
    let log = try place.open()
    let partition = try await log.makeTopic("t")[0]
    try await log.write([.putGroup(GroupRow(name: "g"))])
    for offset in [30, 40, 50] as [Int64] {
      try await hold(log, offset, partition)
      clock.advance(by: 1)
      try await log.end(Self.claim, isCommit: true, [], groups: ["g"])
      #expect(try await log.positions() == [partition: offset])
      clock.advance(by: -3_000)
    }
    log.close()
  }

  /// Held in the order of `held`, committed in the order of `committed`.
  @Test(
    "of what several producers hold the position that came last stands, in whatever order they end",
    arguments: Backend.allCases,
    [[1, 2, 3], [1, 3, 2], [2, 1, 3], [2, 3, 1], [3, 1, 2], [3, 2, 1], [1, 2], [2], [2, 1]])
  func orders(_ backend: Backend, committed: [Int64]) async throws {
    let place = try Backend.Place(backend)
    var log = try place.open()
    let partitions = try await log.makeTopic("t", partitions: 2)
    try await log.write([.putGroup(GroupRow(name: "g"))])
    for producer in [3, 1, 2, 3] as [Int64] {
      var committer = Self.committer
      committer.producerID = ProducerID(producer)
      try await hold(log, producer * 10, partitions[0], by: committer)
      try await hold(log, producer * 10, partitions[Int(producer % 2)], by: committer)
    }
    if place.isLasting {
      log.close()
      log = try place.open()
    }
    var latest: Int64 = 0
    for producer in committed {
      let claim = ProducerClaim(id: ProducerID(producer), epoch: 0)
      try await log.end(claim, isCommit: true, [], groups: ["g"])
      latest = max(latest, producer)
      #expect(try await log.positions()[partitions[0]] == latest * 10)
    }
    // What comes now is later than all of that.
    var committer = Self.committer
    committer.producerID = ProducerID(1)
    try await hold(log, 1, partitions[0], by: committer)
    try await log.end(
      ProducerClaim(id: ProducerID(1), epoch: 0), isCommit: true, [], groups: ["g"])
    #expect(try await log.positions()[partitions[0]] == 1)
    log.close()
  }

  @Test("no more is held for a producer than a turn can end", arguments: Backend.allCases)
  func limit(_ backend: Backend) async throws {
    try await backend.run { log in
      let partitions = try await log.makeTopic("t", partitions: 9)
      try await log.write([.putGroup(GroupRow(name: "g")), .putGroup(GroupRow(name: "h"))])
      func hold(
        _ partitions: some Sequence<PartitionID>, of group: String = "g", by id: Int64 = 7
      ) async throws -> [StorageError?] {
        let commits = partitions.map { OffsetCommit(partition: $0, offset: 1) }
        var committer = Self.committer
        committer.producerID = ProducerID(id)
        return try await log.turn { [committer] in
          try $0.hold(commits, of: group, by: committer).map(\.refusal)
        }
      }
      let refusal = StorageError.tooMany("positions than 8 for one transaction")
      #expect(try await hold(partitions) == partitions.map { _ in refusal })
      #expect(try await held(log).isEmpty)
      #expect(try await hold(partitions[..<7]) == Array(repeating: nil, count: 7))
      // The same again is no more than there is.
      #expect(try await hold(partitions[..<7]) == Array(repeating: nil, count: 7))
      #expect(try await hold(partitions[..<1], of: "h") == [nil])
      #expect(try await hold(partitions[..<1], of: "h") == [nil])
      #expect(try await hold(partitions[7...], of: "h") == [refusal, refusal])
      #expect(try await hold(partitions[7..<8]) == [refusal])
      #expect(try await hold(partitions[..<8], by: 8) == Array(repeating: nil, count: 8))
      let gone = PartitionID(999)
      #expect(try await hold([gone, partitions[8]]) == [.unknownPartition(gone), refusal])
      #expect(try await held(log, of: "h") == [partitions[0]])
      try await log.end(Self.claim, isCommit: true, [], groups: ["g", "h"])
      #expect(try await log.positions().count == 7)
      #expect(try await hold(partitions[..<8]) == Array(repeating: nil, count: 8))
    }
  }

  @Test(
    "what is held goes with its group, its partition, its position", arguments: Backend.allCases)
  func dropped(_ backend: Backend) async throws {
    try await backend.run { log in
      let partitions = try await log.makeTopic("t", partitions: 2)
      let gone = try await log.makeTopic("gone")[0]
      try await log.write([.putGroup(GroupRow(name: "g")), .putGroup(GroupRow(name: "h"))])
      for partition in partitions + [gone] {
        try await hold(log, 5, partition)
        try await hold(log, 5, partition, of: "h")
      }
      _ = await log.delete([try #require(log.catalog()["gone"]).id])
      #expect(try await held(log) == Set(partitions))
      _ = try await log.turn {
        try $0.deleteOffsets(
          of: "g", in: [partitions[0]], by: Committer(source: .adminDelete))
      }
      #expect(try await held(log) == [partitions[1]])
      try await log.write([.removeGroup(name: "h")])
      try await log.write([.putGroup(GroupRow(name: "h"))])
      #expect(try await held(log, of: "h").isEmpty)
      let commit = OffsetCommit(partition: gone, offset: 1)
      let result = try await log.turn { try $0.hold([commit], of: "g", by: Self.committer)[0] }
      #expect(result.refusal == .unknownPartition(gone))
      try await log.end(Self.claim, isCommit: true, [], groups: ["g", "h"])
      #expect(try await log.positions() == [partitions[1]: 5])
      #expect(try await log.positions(of: "h") == [:])
    }
  }

  @Test("a group does not expire of which positions are held", arguments: Backend.allCases)
  func expiry(_ backend: Backend) async throws {
    let clock = TestClock()
    let place = try Backend.Place(backend, now: { clock.now })
    let log = try place.open()
    let partitions = try await log.makeTopic("t", partitions: 3)
    try await log.write([.putGroup(GroupRow(name: "g"))])
    try await log.commit(1, partitions[0])
    try await log.commit(1, partitions[1])
    try await hold(log, 5, partitions[1])
    try await hold(log, 5, partitions[2])
    clock.advance(by: 1_000)
    let left = try await log.turn {
      try $0.expireOffsets(of: "g", by: .sinceEmpty, retentionMilliseconds: 10)
    }
    #expect(left == 2)
    #expect(try await log.positions() == [partitions[1]: 1])
    log.close()
  }
}

extension Result where Success == Void, Failure == StorageError {
  fileprivate var refusal: StorageError? {
    if case .failure(let error) = self { error } else { nil }
  }
}
