import Testing

@testable import Broker

@Suite("Fetch admission") struct FetchAdmissionTests {
  @Test("answers shrink with the room for them, and there is none without room")
  func room() {
    let admission = FetchAdmission()
    #expect(admission.answerBytes == (4 << 20) - (64 << 10))
    let expected: [(Int, Int?)] = [
      (64 << 20, (4 << 20) - (64 << 10)), (800, 100), (0, nil), (-5, nil),
    ]
    for (bytes, answer) in expected {
      admission.limit { bytes }
      #expect(admission.answerBytes == answer)
    }
  }

  @Test("few reads from the tables run at a time")
  func tableReads() {
    let admission = FetchAdmission()
    for _ in 0..<4 { #expect(admission.beginTableRead()) }
    #expect(!admission.beginTableRead())
    admission.endTableRead()
    #expect(admission.beginTableRead())
  }
}
