import ActaCLI
import Foundation
import Logging
import Synchronization
import Testing

@Suite("Log lines") struct LogLineTests {
  private let moment: Int64 = 1_767_268_800_123

  private func line(_ message: String, _ metadata: [String: String] = [:]) -> LogLine {
    LogLine(
      milliseconds: moment, level: .info, component: "acta", message: message, metadata: metadata)
  }

  private func parsed(_ json: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
  }

  @Test("text has Kafka's pattern, in the time of the zone")
  func text() {
    #expect(
      line("text").text(utcOffsetSeconds: 0) == "[2026-01-01 12:00:00,123] INFO text (acta)")
    #expect(
      line("text", ["b": "2", "a": "1"]).text(utcOffsetSeconds: -43_201)
        == "[2025-12-31 23:59:59,123] INFO text a=1 b=2 (acta)")
  }

  @Test("JSON is one object with the time in UTC")
  func json() {
    #expect(
      line("text").json()
        == #"{"time":"2026-01-01T12:00:00.123Z","level":"INFO","component":"acta","#
        + #""message":"text"}"#)
    #expect(
      line("text", ["b": "2", "a": "1"]).json().hasSuffix(
        #""message":"text","metadata":{"a":"1","b":"2"}}"#))
  }

  @Test(
    "dates are right around leap days and the epoch",
    arguments: [
      (0, "1970-01-01T00:00:00.000Z"),
      (-1, "1969-12-31T23:59:59.999Z"),
      (951_782_400_000, "2000-02-29T00:00:00.000Z"),
      (1_709_251_199_999, "2024-02-29T23:59:59.999Z"),
      (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
    ] as [(Int64, String)])
  func dates(milliseconds: Int64, text: String) throws {
    let line = LogLine(milliseconds: milliseconds, level: .info, component: "", message: "")
    #expect(try parsed(line.json())["time"] as? String == text)
  }

  @Test(
    "nobody's text begins a line of its own or moves the cursor",
    arguments: [
      "a\n[2026-01-01 12:00:00,123] INFO forged (acta)", "a\r\u{1b}[2Jb", "a\u{85}b\u{2028}c",
      "a\u{202e}b\u{7f}", "\0",
    ])
  func injection(text: String) throws {
    for output in [
      line(text).text(utcOffsetSeconds: 0), line("m", ["k": text]).text(utcOffsetSeconds: 0),
      line("m", [text: "v"]).text(utcOffsetSeconds: 0), line(text).json(),
      line("m", ["k": text]).json(), line("m", [text: "v"]).json(),
    ] {
      for scalar in output.unicodeScalars {
        #expect(![.control, .format].contains(scalar.properties.generalCategory))
      }
      #expect(output.split(whereSeparator: \.isNewline).count == 1)
    }
    #expect(try parsed(line(text).json()).count == 4)
  }

  @Test("quotes and backslashes survive JSON")
  func quoting() throws {
    let text = #"say "hé😀" to C:\dir"#
    let object = try parsed(line(text, [text: text]).json())
    #expect(object["message"] as? String == text)
    #expect(object["metadata"] as? [String: String] == [text: text])
  }

  @Test("a client's text is cut at 256 bytes, after what escaping makes of it")
  func cutting() throws {
    func metadata(_ text: String) throws -> String {
      let object = try parsed(line("m", ["k": text]).json())
      return try #require((object["metadata"] as? [String: String])?["k"])
    }
    let longest = String(repeating: "a", count: 256)
    #expect(try metadata(longest) == longest)
    #expect(try metadata(longest + "a") == String(repeating: "a", count: 253) + "...")
    let umlauts = try metadata(String(repeating: "ä", count: 1000))
    #expect(umlauts == String(repeating: "ä", count: 126) + "...")
    #expect(try metadata(String(repeating: "\n", count: 200)).utf8.count <= 256)
  }

  @Test(
    "levels have Kafka's names",
    arguments: [
      (Logger.Level.trace, "TRACE"), (.debug, "DEBUG"), (.info, "INFO"), (.warning, "WARN"),
      (.error, "ERROR"), (.critical, "FATAL"),
    ])
  func levels(level: Logger.Level, name: String) {
    let line = LogLine(milliseconds: 0, level: level, component: "c", message: "m")
    #expect(line.text(utcOffsetSeconds: 0) == "[1970-01-01 00:00:00,000] \(name) m (c)")
  }

  private final class Output: Sendable {
    let lines = Mutex<[String]>([])
  }

  private struct Failure: Error, CustomStringConvertible {
    let description = "it broke"
  }

  @Test("a logger writes one line an event, with its own metadata and the event's")
  func handler() throws {
    let output = Output()
    var logger = Logger(
      component: "server", level: .info,
      sink: LineLog(
        format: .json, clock: { 0 },
        output: { line in output.lines.withLock { $0.append(line) } }))
    logger[metadataKey: "client"] = "one"
    logger.debug("not seen")
    logger.info("seen", metadata: ["topic": "orders"])
    logger.error("failed", metadata: ["client": "two", "error": "\(Failure())"])
    let start = #"{"time":"1970-01-01T00:00:00.000Z","level":"#
    #expect(
      output.lines.withLock { $0 } == [
        start + #""INFO","component":"server","message":"seen","metadata":"#
          + #"{"client":"one","topic":"orders"}}"# + "\n",
        start + #""ERROR","component":"server","message":"failed","metadata":"#
          + #"{"client":"two","error":"it broke"}}"# + "\n",
      ])
  }

  /// In a process of its own, whose output is kept.
  @Test("a line goes to standard output, or where it is sent")
  func output() async throws {
    let result = await #expect(
      processExitsWith: .exitCode(0),
      observing: [\.standardOutputContent, \.standardErrorContent]
    ) {
      Logger(component: "acta", sink: LineLog(format: .text)).info("logged")
      LogOutput.write("refused\n", to: STDERR_FILENO)
      exit(0)
    }
    let ended = try #require(result)
    let output = String(decoding: ended.standardOutputContent, as: UTF8.self)
    let errors = String(decoding: ended.standardErrorContent, as: UTF8.self)
    #expect(output.hasSuffix(" INFO logged (acta)\n"))
    #expect(!output.contains("refused"))
    #expect(errors.contains("refused\n"))
    #expect(!errors.contains("logged"))
  }

  @Test("auto is text at a terminal and JSON elsewhere")
  func formats() {
    #expect(LogFormat.auto.resolved(isTerminal: true) == .text)
    #expect(LogFormat.auto.resolved(isTerminal: false) == .json)
    #expect(LogFormat.text.resolved(isTerminal: false) == .text)
    #expect(LogFormat.json.resolved(isTerminal: true) == .json)
  }
}
