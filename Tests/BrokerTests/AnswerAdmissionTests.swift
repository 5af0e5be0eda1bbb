import Testing

@testable import Broker

@Suite("Admission of answers") struct AnswerAdmissionTests {
  private let memory = ManualMemory()
  private let admission = AnswerAdmission()
  private let transcript = Transcript()

  private static let longest = (4 << 20) - (64 << 10)

  init() { admission.limit(by: memory) }

  private func connection(_ id: UInt64, isPrompt: Bool = true) -> ConnectionContext {
    let connection = ConnectionContext(
      id: id, listenerName: "PLAINTEXT", clientAddress: "/127.0.0.1", executor: ManualExecutor())
    connection.pace.isPrompt = isPrompt
    return connection
  }

  private func wait(_ name: String, for bytes: Int?, _ connection: ConnectionContext) {
    admission.wait(for: bytes, on: connection) { [transcript] grant in
      transcript.add("\(name) \(grant.bytes >> 10)")
    } refuse: { [transcript] in
      transcript.add("\(name) refused")
    }
  }

  private func seen() -> [String] { transcript.take() }

  @Test("without memory to go by a fetch gets the longest answer")
  func unbounded() {
    #expect(AnswerAdmission().fetchNow(for: connection(1))?.bytes == Self.longest)
  }

  @Test("fetches shrink with the room; the last quarter is for clients that take their answers")
  func shrinking() {
    let (prompt, other) = (connection(1), connection(2, isPrompt: false))
    let expected: [(used: Int, prompt: Int?, other: Int?)] = [
      (0, Self.longest, Self.longest), (48 << 20 - 8, 2 << 20 + 1, 2 << 20 + 1),
      (48 << 20, 256 << 10, nil), ((64 << 20) - 80, 10, nil), (64 << 20, nil, nil),
      (65 << 20, nil, nil),
    ]
    for (used, first, second) in expected {
      memory.reserve(used)
      #expect(admission.fetchNow(for: prompt)?.bytes == first)
      #expect(admission.fetchNow(for: other)?.bytes == second)
      memory.reserve(-used)
    }
  }

  @Test("clients that take nothing leave what is kept for others, however many they are")
  func manyWhoDoNotRead() throws {
    for id in 0..<2_000 {
      let grant = admission.fetchNow(for: connection(UInt64(id), isPrompt: false))
      memory.reserve(grant?.bytes ?? 0)
    }
    let kept = try #require(admission.fetchNow(for: connection(2_000)))
    #expect(kept.bytes == 256 << 10)
  }

  @Test("who waits for room is served in order of arrival, and nobody passes by")
  func order() {
    memory.reserve(64 << 20)
    let slow = connection(9, isPrompt: false)
    wait("a", for: nil, slow)
    wait("b", for: 10 << 20, connection(2))
    wait("c", for: nil, connection(3, isPrompt: false))
    #expect(seen() == [])
    memory.reserve(-(20 << 20))
    #expect(seen() == ["a 2560"])
    #expect(admission.fetchNow(for: connection(4, isPrompt: false)) == nil)
    memory.reserve(-(10 << 20))
    #expect(seen() == ["b 10240", "c 2240"])
  }

  @Test("who waits for much does not hold up fetches of clients that take their answers")
  func reserve() throws {
    memory.reserve(40 << 20)
    wait("large", for: 30 << 20, connection(1))
    #expect(seen() == [])
    #expect(try #require(admission.fetchNow(for: connection(2))).bytes == 256 << 10)
    #expect(admission.fetchNow(for: connection(3, isPrompt: false)) == nil)
    memory.reserve(-(22 << 20))
    #expect(seen() == ["large 30720"])
  }

  @Test("what an answer is to take counts from when it may be made until it has been handed over")
  func counting() {
    admission.wait(for: 20 << 20, on: connection(1)) { [admission, memory] grant in
      #expect(memory.usedBytes == 20 << 20)
      admission.end(grant)
    } refuse: {
      Issue.record("there is room")
    }
    #expect(memory.usedBytes == 0)
    let fetch = admission.fetchNow(for: connection(1)).map(admission.reserve)
    #expect(memory.usedBytes == Self.longest)
    if let fetch { admission.end(fetch) }
    #expect(memory.usedBytes == 0)
  }

  @Test("an answer that is larger than any may be waits for as much as there may be")
  func huge() {
    wait("huge", for: .max, connection(1))
    #expect(seen() == ["huge \(32 << 10)"])
  }

  @Test("a closed connection waits no more, and does not hold up who is behind it")
  func closing() {
    memory.reserve(40 << 20)
    wait("large", for: 30 << 20, connection(1))
    wait("small", for: 1 << 20, connection(2))
    #expect(seen() == [])
    admission.drop(connectionID: 1)
    #expect(seen() == ["small 1024"])
  }

  @Test("at the stop all are refused, and those to come")
  func stopping() {
    memory.reserve(64 << 20)
    wait("a", for: nil, connection(1, isPrompt: false))
    wait("b", for: nil, connection(2))
    admission.stop()
    wait("c", for: 1, connection(3))
    #expect(seen() == ["a refused", "b refused", "c refused"])
  }
}
