import ActaModel
import Coordination
import Testing

@Suite("Consumer group: who may commit and fetch offsets") struct ConsumerOffsetsTests {
  private func admit(
    _ t: inout Transcript, _ member: String, _ epoch: Int32, instance: String? = nil,
    isNew: Bool = true, isTransactional: Bool = false
  ) -> Result<CommitPermit, MemberRefusal> {
    t.group.admitCommit(
      CommitRequest(
        groupID: "g", memberID: member, instanceID: instance, generation: epoch,
        knowsConsumerGroups: isNew, isTransactional: isTransactional))
  }

  private func refusal(_ result: Result<CommitPermit, MemberRefusal>) -> ErrorCode {
    guard case .failure(let refusal) = result else { return .none }
    return refusal.code
  }

  @Test("a member commits with its epoch, in a version that knows of epochs")
  func member() throws {
    var t = Transcript()
    t.join("a", instance: "i")
    let permit = try admit(&t, "a", 1, instance: "i").get()
    #expect(permit.source == .consumer)
    #expect(permit.check(t.topics.id("t"), 0) == .none)
    #expect(refusal(admit(&t, "a", 1, isNew: false)) == .unsupportedVersion)
    #expect(refusal(admit(&t, "a", 2)) == .staleMemberEpoch)
    #expect(refusal(admit(&t, "a", -1)) == .staleMemberEpoch)
    #expect(refusal(admit(&t, "x", 1)) == .unknownMemberID)
    #expect(refusal(admit(&t, "", -1)) == .unknownMemberID)
  }

  @Test("in a transaction every version knows of epochs, and nobody in particular commits, too")
  func transaction() throws {
    var t = Transcript()
    t.join("a")
    func hold(_ member: String, _ epoch: Int32) -> Result<CommitPermit, MemberRefusal> {
      admit(&t, member, epoch, isNew: false, isTransactional: true)
    }
    #expect(try hold("a", 1).get().check(t.topics.id("t"), 0) == .none)
    #expect(try hold("", -1).get().source == .transaction)
    #expect(refusal(hold("a", 2)) == .staleMemberEpoch)
    #expect(refusal(hold("x", 1)) == .unknownMemberID)
    #expect(refusal(hold("x", -1)) == .unknownMemberID)
  }

  @Test("member id and epoch decide, not the instance id beside them")
  func instance() throws {
    var t = Transcript()
    t.join("a", instance: "i")
    #expect(try admit(&t, "a", 1).get().source == .consumer)
    #expect(try admit(&t, "a", 1, instance: "j").get().source == .consumer)
    #expect(refusal(admit(&t, "x", 1, instance: "i")) == .unknownMemberID)
    #expect(refusal(admit(&t, "", -1, instance: "i")) == .unknownMemberID)
  }

  @Test("with a former epoch a member commits what it has had since then")
  func formerEpoch() throws {
    var t = Transcript()
    t.join("a")
    t.join("b")
    t.beat("b", -1)
    t.beat("a", 1)
    t.join("b")
    t.beat("a", 3)
    t.beat("a", 3, owned: [0, 1])
    t.beat("b", 4)
    t.beat("b", -1)
    t.beat("a", 4)
    #expect(t.member("a")?.epoch == 5)
    let topic = t.topics.id("t")
    let permit = try admit(&t, "a", 4).get()
    #expect(permit.check(topic, 0) == .none)
    #expect(permit.check(topic, 2) == .staleMemberEpoch, "its own since 5 only")
    #expect(permit.check(topic, 9) == .staleMemberEpoch)
    #expect(permit.check(.zero, 0) == .staleMemberEpoch)
  }

  @Test("a member that joined again does not commit for its former life")
  func formerLife() throws {
    var t = Transcript()
    t.join("a")
    t.join("b")
    t.join("a")
    let permit = try admit(&t, "a", 1).get()
    #expect(permit.check(t.topics.id("t"), 0) == .staleMemberEpoch)
  }

  @Test("tools reset positions while nobody is there")
  func administrator() throws {
    var t = Transcript()
    t.join("a")
    t.beat("a", -1)
    #expect(try admit(&t, "", -1).get().source == .adminReset)
    #expect(try admit(&t, "", -1, isNew: false).get().source == .adminReset)
    #expect(try admit(&t, "x", -1).get().source == .adminReset)
    #expect(try admit(&t, "x", -1, instance: "i").get().source == .adminReset)
    #expect(refusal(admit(&t, "a", 1)) == .unknownMemberID)
  }

  @Test("a member that is away does not commit")
  func away() {
    var t = Transcript()
    t.join("a", instance: "i")
    t.beat("a", -2, instance: "i")
    #expect(refusal(admit(&t, "a", 1, instance: "i")) == .staleMemberEpoch)
    #expect(refusal(admit(&t, "a", -2, instance: "i")) == .staleMemberEpoch)
  }

  @Test("fetching offsets as a member takes the member's epoch")
  func fetching() {
    var t = Transcript()
    t.join("a")
    #expect(t.group.admitFetch(memberID: nil, epoch: -1) == .none)
    #expect(t.group.admitFetch(memberID: "a", epoch: 1) == .none)
    #expect(t.group.admitFetch(memberID: "a", epoch: 0) == .staleMemberEpoch)
    #expect(t.group.admitFetch(memberID: "a", epoch: 2) == .staleMemberEpoch)
    #expect(t.group.admitFetch(memberID: "x", epoch: 1) == .unknownMemberID)
    #expect(t.group.admitFetch(memberID: nil, epoch: 1) == .unknownMemberID)
  }
}
