import ActaModel
import Testing

@testable import Coordination

@Suite("Classic groups: protocol and leader") struct ClassicProtocolChoiceTests {
  @Test("among the protocols that all members list, the one that most list first is chosen")
  func vote() {
    let stage = GroupStage()
    let a = stage.enter("a", protocols: [.of("sticky", [1]), .of("range", [2])])
    let b = stage.enter("b", protocols: [.of("new"), .of("range", [3]), .of("sticky")])
    let c = stage.enter("c", protocols: [.of("range", [4]), .of("sticky")])
    stage.pass(6_000)
    #expect(a.reply?.protocolName == "range")
    #expect(a.reply?.members.map(\.metadata) == [[2], [3], [4]])
    #expect([b, c].allSatisfy { $0.reply?.protocolName == "range" })
  }

  @Test("with as many votes each, the first member's choice is taken")
  func tie() {
    let stage = GroupStage()
    let a = stage.enter("a", protocols: [.of("sticky"), .of("range")])
    _ = stage.enter("b", protocols: [.of("range"), .of("sticky")])
    stage.pass(6_000)
    #expect(a.reply?.protocolName == "sticky")
  }

  @Test("a member of another type, or with no protocol that all others list, is refused")
  func inconsistent() {
    let (stage, _) = GroupStage.stable("a", "b")
    #expect(stage.join("c", type: "connect").error == .inconsistentGroupProtocol)
    #expect(stage.join("c", protocols: [.of("sticky")]).error == .inconsistentGroupProtocol)
    #expect(stage.join("b", id: "b", type: "sr").error == .inconsistentGroupProtocol)
    let withoutCommon = stage.join("b", id: "b", protocols: [.of("sticky")])
    #expect(withoutCommon.error == .inconsistentGroupProtocol)
    #expect(stage.state() == .stable)
  }

  @Test("not even a group's only member changes its protocols altogether, as in Kafka")
  func onlyMember() {
    let (stage, _) = GroupStage.stable("a")
    let altogether = stage.join("a", id: "a", protocols: [.of("sticky")])
    #expect(altogether.error == .inconsistentGroupProtocol)
    let both = stage.join("a", id: "a", protocols: [.of("sticky"), .of("range")])
    #expect(both.reply?.protocolName == "sticky")
  }

  @Test("a list that names a protocol twice counts as one member's")
  func repeatedProtocol() {
    let (stage, _) = GroupStage.stable("a", "b")
    let twice = [GroupProtocol.of("sticky"), .of("sticky"), .of("range")]
    #expect(stage.join("b", id: "b", protocols: twice).isWaiting)
    let twiceAndMore = [GroupProtocol.of("sticky"), .of("range"), .of("range")]
    #expect(stage.join("a", id: "a", protocols: twiceAndMore).reply?.protocolName == "sticky")
    #expect(stage.join("a", id: "a", protocols: [.of("other")]).error == .inconsistentGroupProtocol)
  }

  @Test("an empty group takes any type", arguments: ["connect", "sr", "whatever"])
  func anyType(type: String) {
    let (stage, _) = GroupStage.stable("a")
    stage.leave(.id("a"))
    #expect(stage.tables["g"]?.group.protocolType == "consumer")
    let call = stage.join("w", type: type, version: 3)
    stage.pass(3_000)
    #expect(call.reply?.protocolType == type)
    #expect(stage.tables["g"]?.group.protocolType == type)
  }

  @Test("the leader stays as long as it joins; then the member that joined first follows it")
  func leader() {
    let (stage, _) = GroupStage.stable("a", "b", "c")
    let b = stage.join("b", id: "b", protocols: [.of("range", [2])])
    let c = stage.join("c", id: "c")
    let a = stage.join("a", id: "a")
    #expect(b.reply?.leaderID == "a")
    #expect(c.reply?.members == [])
    #expect(a.reply?.members.count == 3)
    stage.leave(.id("a"))
    let c2 = stage.join("c", id: "c")
    let b2 = stage.join("b", id: "b")
    #expect(c2.reply?.leaderID == "b")
    #expect(b2.reply?.members.map(\.memberID) == ["b", "c"])
  }
}
