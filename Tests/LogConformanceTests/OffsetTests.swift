import ActaModel
import LogStorage
import LogTestSupport
import ModelLiterals
import Testing

/// Committed offsets: kept, read, forgotten, expired.
@Suite("Group storage conformance: committed offsets")
struct OffsetTests {
  @Test("a position below zero is kept as the client said it", arguments: Backend.allCases)
  func negative(_ backend: Backend) async throws {
    try await backend.run { log in
      let partition = try await log.makeTopic("t")[0]
      try await log.write([.putGroup(GroupRow(name: "g"))])
      try await log.commit(-5, partition, leaderEpoch: -7)
      let kept = try await log.turn { try $0.committedOffsets(of: "g", in: nil)[partition] }
      #expect(kept?.offset == -5)
      #expect(kept?.leaderEpoch == -7)
    }
  }

  @Test("a position is kept as it was committed", arguments: Backend.allCases)
  func commit(_ backend: Backend) async throws {
    try await backend.run { log in
      let partitions = try await log.makeTopic("t", partitions: 3)
      try await log.write([.putGroup(GroupRow(name: "g"))])
      let commits = [
        OffsetCommit(partition: partitions[1], offset: 7, leaderEpoch: 3, metadata: "nul\0 ä"),
        OffsetCommit(partition: PartitionID(99), offset: 1),
        OffsetCommit(partition: partitions[0], offset: 0),
      ]
      let results = try await log.turn {
        try $0.commit(commits, of: "g", by: Committer(source: .consumer)).map { "\($0)" }
      }
      #expect(results == ["success()", "\(unknown(PartitionID(99)))", "success()"])
      let kept = try await log.turn { try $0.committedOffsets(of: "g", in: nil) }
      #expect(
        kept == [
          partitions[1]: CommittedOffset(
            partition: partitions[1], offset: 7, leaderEpoch: 3, metadata: "nul\0 ä",
            committedAt: 1_700_000_000_000),
          partitions[0]: CommittedOffset(
            partition: partitions[0], offset: 0, leaderEpoch: -1, metadata: "",
            committedAt: 1_700_000_000_000),
        ])
      #expect(try await log.positions(in: [partitions[2], partitions[1]]) == [partitions[1]: 7])
      #expect(try await log.positions(of: "nobody") == [:])
    }
  }

  private func unknown(_ partition: PartitionID) -> Result<Void, StorageError> {
    .failure(.unknownPartition(partition))
  }

  @Test("deleting says of each position whether there was one", arguments: Backend.allCases)
  func delete(_ backend: Backend) async throws {
    try await backend.run { log in
      let partitions = try await log.makeTopic("t", partitions: 2)
      try await log.write([.putGroup(GroupRow(name: "g"))])
      try await log.commit(4, partitions[0])
      func delete(_ group: String) async throws -> [Bool] {
        let asked = [partitions[1], partitions[0], partitions[0]]
        return try await log.turn {
          try $0.deleteOffsets(of: group, in: asked, by: Committer(source: .adminDelete))
        }
      }
      #expect(try await delete("nobody") == [false, false, false])
      #expect(try await delete("g") == [false, true, false])
      #expect(try await log.positions() == [:])
    }
  }

  @Test("a deleted topic's positions go with it", arguments: Backend.allCases)
  func topicDeletion(_ backend: Backend) async throws {
    try await backend.run { log in
      let gone = try await log.makeTopic("gone", partitions: 2)
      let kept = try await log.makeTopic("kept")[0]
      try await log.write([.putGroup(GroupRow(name: "g")), .putGroup(GroupRow(name: "h"))])
      for partition in gone + [kept] { try await log.commit(4, partition) }
      try await log.commit(5, gone[1], of: "h")
      _ = await log.delete([try #require(log.catalog()["gone"]).id])
      #expect(try await log.positions() == [kept: 4])
      #expect(try await log.positions(of: "h") == [:])
      let again = try await log.makeTopic("gone", partitions: 2)
      #expect(try await log.positions(in: again) == [:])
    }
  }

  // MARK: Expiry

  private struct Expiry {
    let log: any LogStorage
    let clock = TestClock()
    private let place: Backend.Place
    let kept: PartitionID
    let other: PartitionID

    init(_ backend: Backend) async throws {
      place = try Backend.Place(backend, now: { [clock] in clock.now })
      log = try place.open()
      kept = try await log.makeTopic("kept")[0]
      other = try await log.makeTopic("other")[0]
      try await log.write([.putGroup(GroupRow(name: "g", state: .stable))])
    }

    func state(_ state: GroupState) async throws {
      try await log.write([
        .putGroup(GroupRow(name: "g", state: state, generation: .random(in: 1...9)))
      ])
    }

    /// With a retention of a hundred milliseconds.
    func expire(_ rule: OffsetExpiry) async throws -> Int {
      try await log.turn {
        try $0.expireOffsets(of: "g", by: rule, retentionMilliseconds: 100)
      }
    }
  }

  private func withExpiry(
    _ backend: Backend, _ body: (Expiry) async throws -> Void
  ) async throws {
    let expiry = try await Expiry(backend)
    try await body(expiry)
    expiry.log.close()
  }

  @Test(
    "since the group became empty: all at that moment plus retention, and not before",
    arguments: Backend.allCases)
  func sinceEmpty(_ backend: Backend) async throws {
    try await withExpiry(backend) { test in
      try await test.log.commit(1, test.kept)
      test.clock.advance(by: 500)
      try await test.state(.empty)
      test.clock.advance(by: 60)
      // Neither a later commit nor another row of the same state begins the time anew.
      try await test.state(.empty)
      try await test.log.commit(1, test.other)
      test.clock.advance(by: 39)
      #expect(try await test.expire(.sinceEmpty) == 2)
      test.clock.advance(by: 1)
      #expect(try await test.expire(.sinceEmpty) == 0)
      #expect(try await test.log.positions() == [:])
    }
  }

  @Test(
    "since the commit: each by its own, those of named topics never", arguments: Backend.allCases)
  func sinceCommit(_ backend: Backend) async throws {
    try await withExpiry(backend) { test in
      try await test.log.commit(1, test.kept)
      try await test.log.commit(1, test.other)
      test.clock.advance(by: 99)
      #expect(try await test.expire(.sinceCommit(exceptTopics: [])) == 2)
      // The same again is a commit, too.
      try await test.log.commit(1, test.kept)
      test.clock.advance(by: 1)
      #expect(try await test.expire(.sinceCommit(exceptTopics: ["other"])) == 2)
      #expect(try await test.expire(.sinceCommit(exceptTopics: ["kept", "no topic"])) == 1)
      #expect(try await test.log.positions() == [test.kept: 1])
      test.clock.advance(by: 99)
      #expect(try await test.expire(.sinceCommit(exceptTopics: [])) == 0)
    }
  }

  @Test(
    "a commit with a time of its own goes by that, under every rule by which something ages",
    arguments: Backend.allCases)
  func ownTimes(_ backend: Backend) async throws {
    try await withExpiry(backend) { test in
      try await test.state(.empty)
      let start = test.clock.now
      try await test.log.commit(1, test.kept, expiresAt: start + 10)
      try await test.log.commit(1, test.other, expiresAt: start + 1_000)
      test.clock.advance(by: 9)
      #expect(try await test.expire(.sinceCommit(exceptTopics: [])) == 2)
      test.clock.advance(by: 1)
      #expect(try await test.expire(.never) == 2, "nothing ages during a rebalance")
      #expect(try await test.expire(.sinceCommit(exceptTopics: [])) == 1)
      test.clock.advance(by: 500)
      #expect(try await test.expire(.sinceEmpty) == 1)
      #expect(try await test.expire(.sinceCommit(exceptTopics: [])) == 1)
      test.clock.advance(by: 490)
      #expect(try await test.expire(.sinceCommit(exceptTopics: ["other"])) == 1)
      #expect(try await test.expire(.sinceEmpty) == 0)
      // A commit without one takes it back.
      try await test.log.commit(1, test.kept, expiresAt: start)
      try await test.log.commit(1, test.kept)
      #expect(try await test.expire(.sinceCommit(exceptTopics: [])) == 1)
      #expect(
        try await test.log.turn {
          try $0.expireOffsets(of: "nobody", by: .sinceEmpty, retentionMilliseconds: 1)
        } == 0)
    }
  }
}
