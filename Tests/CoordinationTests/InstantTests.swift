import Testing

@testable import Coordination

@Suite("Instant") struct InstantTests {
  @Test("a later moment is greater, and a sum is as much later as was added")
  func order() {
    let start = Instant(milliseconds: 5)
    #expect(start + Int64(10) == Instant(milliseconds: 15))
    #expect(start < start + Int32(1))
  }
}
