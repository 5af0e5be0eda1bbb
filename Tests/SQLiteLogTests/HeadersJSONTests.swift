import LogTestSupport
import Testing

@testable import LogEngine
@testable import SQLiteLog
@testable import SQLiteStore

@Suite("Headers as JSON")
struct HeadersJSONTests {
  private func text(_ headers: [HeadersJSON.Header]) -> String {
    String(decoding: HeadersJSON.encode(headers), as: UTF8.self)
  }

  private func decode(_ text: String) -> [HeadersJSON.Header]? {
    Array(text.utf8).withUnsafeBytes { HeadersJSON.decode($0) }
  }

  private func header(_ name: String, _ value: [UInt8]?) -> HeadersJSON.Header {
    HeadersJSON.Header(name: Array(name.utf8), value: value)
  }

  @Test("text is text, other bytes are base64, null is null")
  func forms() {
    #expect(
      text([
        header("name", Array("text".utf8)), header("bin", [0, 255]), header("none", nil),
        header("empty", []), HeadersJSON.Header(name: [0xff], value: Array("\"\\\n".utf8)),
      ])
        == #"[["name","text"],["bin",{"base64":"AP8="}],["none",null],["empty",""],[{"base64":"/w=="},"\"\\\u000a"]]"#
    )
  }

  @Test("any bytes come back as they were")
  func roundTrip() {
    let seed = UInt64.random(in: 0...UInt64.max)
    var generator = SeededGenerator(seed: seed)
    func bytes() -> [UInt8] {
      let isText = Bool.random(using: &generator)
      let range: ClosedRange<UInt8> = isText ? 0...127 : 0...255
      return (0..<Int.random(in: 0...9, using: &generator)).map { _ in
        UInt8.random(in: range, using: &generator)
      }
    }
    for _ in 0..<2_000 {
      let headers = (0..<Int.random(in: 0...4, using: &generator)).map { _ in
        HeadersJSON.Header(
          name: bytes(), value: Bool.random(using: &generator) ? bytes() : nil)
      }
      let encoded = HeadersJSON.encode(headers)
      #expect(encoded.withUnsafeBytes { HeadersJSON.decode($0) } == headers, "seed \(seed)")
      // What is cut short is never taken for something else.
      let cut = encoded.prefix(Int.random(in: 0..<encoded.count, using: &generator))
      #expect(Array(cut).withUnsafeBytes { HeadersJSON.decode($0) } == nil, "seed \(seed)")
    }
  }

  @Test("other JSON of the same shape is read, all else refused")
  func leniency() {
    #expect(
      decode(" [ [ \"a\" , \"\\u00e4\\ud83d\\ude00\\/\" ] ] ") == [header("a", Array("ä😀/".utf8))])
    for bad in [
      "", "{}", "[[]]", #"[["a"]]"#, #"[["a",1]]"#, #"[["a","b"],]"#, #"[["a","b"]]x"#,
      #"[["a",{"base64":"A"}]]"#, #"[["a",{"hex":"00"}]]"#, #"[["a","\ud800"]]"#,
    ] {
      #expect(decode(bad) == nil, "\(bad)")
    }
  }
}
