import Testing

@testable import Broker

@Suite("Reads from the tables") struct TableReadsTests {
  private let transcript = Transcript()

  @Test("few run at a time, the others in order of arrival, and closed connections not at all")
  func turns() {
    let reads = TableReads()
    for _ in 0..<TableReads.maximumCount { #expect(reads.begin()) }
    #expect(!reads.begin())
    for id in 1...3 as ClosedRange<UInt64> { wait(in: reads, id) }
    reads.end()
    reads.drop(connectionID: 2)
    reads.end()
    #expect(transcript.take() == ["1", "3"])
    reads.end()
    #expect(reads.begin())
    reads.stop()
    wait(in: reads, 4)
    #expect(transcript.take() == ["4 refused"])
  }

  private func wait(in reads: TableReads, _ id: UInt64) {
    let connection = ConnectionContext(
      id: id, listenerName: "PLAINTEXT", clientAddress: "/127.0.0.1", executor: ManualExecutor())
    reads.wait(on: connection) { [transcript] in
      transcript.add("\(id)")
    } refuse: { [transcript] in
      transcript.add("\(id) refused")
    }
  }
}
