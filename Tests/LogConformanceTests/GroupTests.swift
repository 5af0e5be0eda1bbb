import ActaModel
import LogStorage
import LogTestSupport
import ModelLiterals
import Testing

/// Groups and members: what was decided is what a restart finds.
@Suite("Group storage conformance: groups")
struct GroupTests {
  @Test("a restart is given what all changes together amount to", arguments: Backend.allCases)
  func fold(_ backend: Backend) async throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    var generator = SeededGenerator(seed: seed)
    let place = try Backend.Place(backend)
    let log = try place.open()
    var expected: [StoredGroup] = []
    for _ in 0..<40 {
      let changes = (0..<Int.random(in: 1...6, using: &generator)).map { _ in
        randomChange(&expected, &generator)
      }
      try await log.write(changes)
    }
    // A database in memory has no restart; it still gives what its tables hold.
    let restarted = place.isLasting ? try reopen(log, place) : log
    let resident = TestResident()
    try restarted.attach(resident)
    #expect(resident.reasons == [.start])
    #expect(resident.groups == expected, "seed \(seed)")
    restarted.close()
  }

  private func reopen(
    _ log: any LogStorage, _ place: Backend.Place
  ) throws -> any LogStorage {
    log.close()
    return try place.open()
  }

  /// A change, and what it makes of the groups.
  private func randomChange(
    _ groups: inout [StoredGroup], _ generator: inout SeededGenerator
  ) -> GroupChange {
    guard let index = groups.indices.randomElement(using: &generator),
      Int.random(in: 0..<4, using: &generator) > 0
    else { return putGroup(&groups, &generator) }
    let name = groups[index].group.name
    let member = groups[index].members.randomElement(using: &generator)
    switch (Int.random(in: 0..<10, using: &generator), member) {
    case (0, _):
      groups.remove(at: index)
      return .removeGroup(name: name)
    case (1...3, let member?):
      groups[index].members.removeAll { $0.memberID == member.memberID }
      return .removeMember(memberID: member.memberID, group: name)
    case (4...5, let member?):
      let row = RandomGroups.member(
        member.memberID, joinOrder: member.joinOrder, &generator)
      let place = groups[index].members.firstIndex(of: member)!
      groups[index].members[place] = row
      return .putMember(row, group: name)
    default:
      let order = (groups[index].members.last?.joinOrder ?? 0) + 1
      let row = RandomGroups.member(
        "\(RandomGroups.text(&generator)) \(order)", joinOrder: order, &generator)
      groups[index].members.append(row)
      return .putMember(row, group: name)
    }
  }

  private func putGroup(
    _ groups: inout [StoredGroup], _ generator: inout SeededGenerator
  ) -> GroupChange {
    let row = RandomGroups.group(RandomGroups.text(&generator), &generator)
    if let known = groups.firstIndex(where: { $0.group.name == row.name }) {
      groups[known].group = row
    } else {
      groups.append(StoredGroup(group: row))
    }
    return .putGroup(row)
  }

  @Test("a group that is removed takes its positions with it", arguments: Backend.allCases)
  func removal(_ backend: Backend) async throws {
    try await backend.run { log in
      let partition = try await log.makeTopic("t")[0]
      try await log.write([.putGroup(GroupRow(name: "g")), .putGroup(GroupRow(name: "other"))])
      try await log.commit(5, partition)
      try await log.commit(6, partition, of: "other")
      try await log.write([.removeGroup(name: "g"), .removeGroup(name: "never was")])
      #expect(try await log.positions() == [:])
      #expect(try await log.positions(of: "other") == [partition: 6])
      // Its name is free, and the new one has nothing of the old one.
      try await log.write([.putGroup(GroupRow(name: "g"))])
      #expect(try await log.positions() == [:])
    }
  }

  @Test("names that differ only in their accents' composition are two", arguments: Backend.allCases)
  func exactNames(_ backend: Backend) async throws {
    try await backend.run { log in
      let partition = try await log.makeTopic("t")[0]
      for (offset, name) in ["\u{e9}", "e\u{301}"].enumerated() {
        try await log.write([.putGroup(GroupRow(name: name))])
        try await log.commit(Int64(offset), partition, of: name)
      }
      #expect(try await log.positions(of: "\u{e9}") == [partition: 0])
      #expect(try await log.positions(of: "e\u{301}") == [partition: 1])
    }
  }

  @Test("a write for a group that is not there is refused, by itself", arguments: Backend.allCases)
  func unknownGroup(_ backend: Backend) async throws {
    try await backend.run { log in
      let partition = try await log.makeTopic("t")[0]
      await #expect(throws: StorageError.self) { try await log.commit(1, partition) }
      let member = MemberRow(
        memberID: "m", clientID: "c", clientHost: "h", sessionTimeoutMilliseconds: 1,
        rebalanceTimeoutMilliseconds: 1, joinOrder: 0)
      await #expect(throws: StorageError.self) {
        try await log.write([.putGroup(GroupRow(name: "a")), .putMember(member, group: "b")])
      }
      let resident = TestResident()
      try log.attach(resident)
      #expect(resident.groups == [])
      #expect(try await log.write(try batch("x"), to: partition).baseOffset == 0)
    }
  }

  @Test("after closing nothing is attached and nothing coordinated", arguments: Backend.allCases)
  func closed(_ backend: Backend) async throws {
    let place = try Backend.Place(backend)
    let log = try place.open()
    log.close()
    #expect(throws: StorageError.closed) { try log.attach(TestResident()) }
    await #expect(throws: StorageError.closed) { try await log.write([]) }
    #expect(await log.trimAudit(olderThan: 0) == .failure(.closed))
    // A storage whose file is gone stops for that reason.
    withExtendedLifetime(place) {}
  }
}
