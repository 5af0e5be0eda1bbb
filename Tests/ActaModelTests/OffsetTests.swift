import ActaModel
import Testing

@Suite("Offsets") struct OffsetTests {
  @Test("a number below zero is no offset, whoever says it")
  func checked() {
    #expect(Offset(exactly: -1) == nil)
    #expect(Offset(exactly: .min) == nil)
    #expect(Offset(exactly: 0) == .zero)
    #expect(Offset(exactly: .max)?.value == .max)
  }

  @Test("to make an offset of one without looking is a mistake of ours")
  func trap() async {
    await #expect(processExitsWith: .failure) { _ = Offset(-1) }
  }

  @Test("an offset and a count make an offset, two offsets a count")
  func arithmetic() {
    #expect(Offset(4) + 3 == Offset(7))
    #expect(Offset(7) - Offset(4) == 3)
    #expect(Offset(4) - Offset(7) == -3)
    #expect(Offset(4) < Offset(7))
  }

  @Test("an epoch can be any that a client names, and none is below all that there are")
  func epochs() {
    #expect(LeaderEpoch.absent < LeaderEpoch(0))
    #expect(LeaderEpoch(.min) < LeaderEpoch.absent)
  }
}
