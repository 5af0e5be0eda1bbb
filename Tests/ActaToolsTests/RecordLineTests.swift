import ActaClient
import Testing

@testable import ActaTools

@Suite("A line as a record") struct RecordLineTests {
  private func parse(
    _ text: String, _ properties: [String: String] = [:]
  ) throws(ToolError) -> String {
    let parts = try RecordLine(properties).parts(of: Array(text.utf8)[...], number: 7)
    let headers = parts.headers.map { "\($0.name)=\(shown($0.value))" }.joined(separator: "&")
    return "\(headers)|\(shown(parts.key))|\(shown(parts.value))"
  }

  private func shown(_ bytes: (some Sequence<UInt8>)?) -> String {
    bytes.map { String(decoding: Array($0), as: UTF8.self) } ?? "null"
  }

  private func refusal(_ text: String, _ properties: [String: String]) -> String? {
    do throws(ToolError) {
      _ = try parse(text, properties)
      return nil
    } catch {
      return error.description
    }
  }

  @Test("a line is a value, whatever is in it")
  func value() throws {
    #expect(try parse("a\tb:c") == "|null|a\tb:c")
    #expect(try parse("") == "|null|")
  }

  @Test("the first separator counts")
  func key() throws {
    #expect(try parse("k\tv\tw", ["parse.key": "TRUE "]) == "|k|v\tw")
    #expect(try parse("k::v:", ["parse.key": "true", "key.separator": "::"]) == "|k|v:")
    #expect(try parse("v", ["parse.key": "true", "key.separator": ""]) == "||v")
    #expect(try parse("::v", ["parse.key": "true", "key.separator": "::"]) == "||v")
  }

  @Test("headers stand before the key")
  func headers() throws {
    let both = ["parse.headers": "true", "parse.key": "true"]
    #expect(try parse("a:1,b:2:3\tk\tv", both) == "a=1&b=2:3|k|v")
    #expect(try parse("a:1,\tv", ["parse.headers": "true"]) == "a=1|null|v")
    #expect(
      try parse("a:1|b:\tv", ["parse.headers": "true", "headers.separator": "\\|"])
        == "a=1&b=|null|v")
    #expect(
      try parse(#"a:1\|b:2"# + "\tv", ["parse.headers": "true", "headers.separator": #"\\\|"#])
        == "a=1&b=2|null|v")
  }

  @Test("the marker stands for null everywhere")
  func nulls() throws {
    let all = ["parse.headers": "true", "parse.key": "true", "null.marker": "-"]
    #expect(try parse("-\t-\t-", all) == "|null|null")
    #expect(try parse("a:-\tk\tv-", all) == "a=null|k|v-")
    #expect(try parse("-", ["null.marker": "-"]) == "|null|null")
  }

  @Test("what is missing is said in Kafka's words")
  func refusals() {
    let start = "org.apache.kafka.common.KafkaException: "
    #expect(
      refusal("abc", ["parse.key": "true"])
        == start + "No key separator found on line number 7: 'abc'")
    #expect(
      refusal("abc", ["parse.headers": "true"])
        == start + "No headers delimiter found on line number 7: 'abc'")
    #expect(
      refusal("h\tv", ["parse.headers": "true"])
        == start + "No header key separator found in pair 'h' on line number 7")
    #expect(
      refusal("-:1\tv", ["parse.headers": "true", "null.marker": "-"])
        == start + "Header keys should not be equal to the null marker '-' as they can't be null")
    #expect(
      refusal("", ["headers.delimiter": ","])
        == start + "headers.delimiter and headers.separator may not be equal")
    #expect(
      refusal("", ["null.marker": "\t"])
        == start + "null.marker and key.separator may not be equal")
    #expect(refusal("", ["headers.separator": "\\s"])?.contains("regular expression") == true)
  }

  @Test("with ignore.error what cannot be parted is a value")
  func passingOver() throws {
    let all = ["parse.headers": "true", "parse.key": "true", "ignore.error": "true"]
    #expect(try parse("abc", all) == "|null|abc")
    #expect(try parse("h\tabc", all) == "h=null|null|abc")
  }
}
