import Logging
import Synchronization
import Testing
import Transport

@testable import BrokerServer

@Suite("Lines about connections") struct ConnectionLineTests {
  @Test("ten lines a second are written, the others are counted")
  func rate() {
    var rate = LogRate(linesPerSecond: 10)
    let verdicts = (0..<15).map { rate.admit(at: 5_000 + $0) }
    #expect(verdicts == Array(repeating: .write, count: 10) + Array(repeating: .suppress, count: 5))
    #expect(rate.takeSuppressed(at: 5_999) == 0)
    #expect(rate.takeSuppressed(at: 6_000) == 5)
    #expect(rate.takeSuppressed(at: 6_000) == 0)
    #expect(rate.admit(at: 6_000) == .write)
  }

  @Test("a client that is closed for the same reason again and again is worth a line a minute")
  func repetitions() {
    let lines = Lines()
    let log = ConnectionLog(Logger(component: "test", sink: lines))
    for second in 0..<120 as Range<Int64> {
      log.closed("/10.0.0.1", listener: "PLAINTEXT", reason: "bad", at: second * 1_000)
      if second == 0 {
        log.closed("/10.0.0.2", listener: "PLAINTEXT", reason: "bad", at: 0)
        log.closed("/10.0.0.1", listener: "PLAINTEXT", reason: "worse", at: 0)
      }
    }
    #expect(
      lines.all == [
        "Closed connection from /10.0.0.1 on PLAINTEXT: bad",
        "Closed connection from /10.0.0.2 on PLAINTEXT: bad",
        "Closed connection from /10.0.0.1 on PLAINTEXT: worse",
        "Closed connection from /10.0.0.1 on PLAINTEXT: bad (and 59 more times since this was last"
          + " said)",
      ])
  }

  @Test("clients cannot begin a line, move the cursor or fill the log")
  func escaping() {
    #expect(ClientText.escaped("a\nb\\c\u{1b}[2J\u{202e}é") == #"a\nb\\c\u{1B}[2J\u{202E}\u{00E9}"#)
    let long = ClientText.escaped(String(repeating: "x", count: 10_000))
    #expect(long.utf8.count == 256)
    #expect(long.hasSuffix("xxx..."))
  }

  @Test(
    "addresses are shown as Kafka shows them",
    arguments: [
      ("127.0.0.1", "/127.0.0.1", true), ("10.1.2.3", "/10.1.2.3", false),
      ("::ffff:10.1.2.3", "/10.1.2.3", false), ("::1", "/0:0:0:0:0:0:0:1", true),
      ("2001:db8::a", "/2001:db8:0:0:0:0:0:a", false),
    ])
  func addresses(address: String, text: String, isLoopback: Bool) throws {
    let client = ClientAddress(
      try #require(SocketAddress.resolve(address, port: 1, onlyNumbers: true).first))
    #expect(client.text == text)
    #expect(client.isLoopback == isLoopback)
  }
}

private final class Lines: LogSink {
  private let lines = Mutex<[String]>([])

  var all: [String] { lines.withLock { $0 } }

  func write(_ event: LogEvent) { lines.withLock { $0.append(event.message) } }
}
