import ActaModel
import Coordination
import Testing

@testable import ClientCore

@Suite("Assignors") struct ClientAssignorTests {
  @Test("assign byte for byte as Java's do", arguments: ClientAssignor.allCases)
  func java(assignor: ClientAssignor) throws {
    let rounds = try AssignorRound.read("assignors.txt").filter { $0.assignor == assignor }
    #expect(rounds.count > 20)
    for (place, round) in rounds.enumerated() {
      let assignments = assignor.assign(round.group).map { ConsumerAssignment(giving: $0).bytes }
      #expect(assignments == round.assignments, "round \(place) of \(assignor.name)")
      if assignments != round.assignments { return }
    }
  }

  @Test("the range assignor looks at racks byte for byte as Java's does")
  func racks() throws {
    let rounds = try AssignorRound.read("racks.txt")
    #expect(rounds.count == 120)
    var changed = 0
    for (place, round) in rounds.enumerated() {
      let shares = ClientAssignor.range.assign(round.group)
      let assignments = shares.map { ConsumerAssignment(giving: $0).bytes }
      #expect(assignments == round.assignments, "round \(place)")
      if assignments != round.assignments { return }
      var rackless = round.group
      rackless.partitionRacks = [:]
      if ClientAssignor.range.assign(rackless) != shares { changed += 1 }
    }
    #expect(changed > 30)
  }

  @Test("subscriptions are read and written as Java does")
  func subscriptions() throws {
    for round in try AssignorRound.read("assignors.txt") {
      for (member, bytes) in zip(round.group.members, round.subscriptions) {
        #expect(member.subscription.bytes == bytes)
      }
    }
  }

  @Test("members of the sticky assignor say what they were assigned as Java's do")
  func stickyUserData() throws {
    var assigned: [String: [ClientCore.TopicPartition]] = [:]
    var count = 0
    for round in try AssignorRound.read("assignors.txt") where round.assignor == .sticky {
      for (member, assignment) in zip(round.group.members, round.assignments) {
        if let userData = member.subscription.userData,
          let said = StickyUserData(reading: userData), let last = assigned[member.id],
          // Some claim what they have not.
          Set(said.partitions) == Set(last), let generation = said.generation
        {
          #expect(
            ClientAssignor.sticky.userData(assigned: last, generation: generation) == userData)
          count += 1
        }
        let partitions = ConsumerAssignment(reading: assignment)?.partitions ?? []
        assigned[member.id] = partitions.map { .init($0.topic, $0.number) }
      }
    }
    #expect(count > 100)
  }

  @Test("user data that is none counts as that of a member that had nothing")
  func malformedUserData() {
    for userData: [UInt8] in [[], [1], [255, 255, 255, 255], [0, 0, 0, 1, 0, 1]] {
      let group = SubscribedGroup(
        members: [
          .init(id: "a", subscription: .init(topics: ["t"], userData: userData)),
          .init(id: "b", subscription: .init(topics: ["t"])),
        ], partitionCounts: ["t": 2])
      for assignor in [ClientAssignor.sticky, .cooperativeSticky] {
        #expect(assignor.assign(group) == [[.init("t", 0)], [.init("t", 1)]])
      }
    }
  }

  @Test("nobody gets what it has not subscribed to, or what is not there")
  func onlySubscribed() {
    let owned = [ActaModel.TopicPartition(topic: "t", number: 7), .init(topic: "u", number: 0)]
    let group = SubscribedGroup(
      members: [
        .init(id: "a", subscription: .init(topics: [], owned: owned, generation: 4)),
        .init(id: "b", subscription: .init(topics: ["t"], owned: owned, generation: 5)),
        .init(id: "c", subscription: .init(topics: ["nowhere"])),
      ], partitionCounts: ["t": 2])
    for assignor in ClientAssignor.allCases {
      #expect(assignor.assign(group) == [[], [.init("t", 0), .init("t", 1)], []])
    }
  }

  @Test("an empty group is assigned nothing", arguments: ClientAssignor.allCases)
  func empty(assignor: ClientAssignor) {
    #expect(assignor.assign(SubscribedGroup(members: [], partitionCounts: ["t": 3])) == [])
  }

  @Test("what a cooperative member has goes to another only when it was released")
  func twoSteps() {
    func group(_ first: [Int32], _ second: [Int32], _ generation: Int32) -> SubscribedGroup {
      SubscribedGroup(
        members: [("a", first), ("b", second)].map { id, owned in
          .init(
            id: id,
            subscription: .init(
              topics: ["t"], owned: owned.map { .init(topic: "t", number: $0) },
              generation: owned.isEmpty ? -1 : generation))
        }, partitionCounts: ["t": 4])
    }
    let first = ClientAssignor.cooperativeSticky.assign(group([0, 1, 2, 3], [], 1))
    #expect(first == [[.init("t", 0), .init("t", 1)], []])
    let second = ClientAssignor.cooperativeSticky.assign(group([0, 1], [], 2))
    #expect(second == [[.init("t", 0), .init("t", 1)], [.init("t", 2), .init("t", 3)]])
  }
}
