import ActaClient
import Testing

@testable import ActaTools

@Suite("Bytes as text") struct TextsOfBytesTests {
  private func text(_ name: String, _ bytes: [UInt8]) throws(ToolError) -> String {
    var output: [UInt8] = []
    try ByteText(named: name).write(bytes, to: &output)
    return String(decoding: output, as: UTF8.self)
  }

  private let package = "org.apache.kafka.common.serialization."

  @Test("numbers are big-endian")
  func numbers() throws {
    #expect(try text(package + "LongDeserializer", [0, 0, 0, 0, 0, 0, 1, 2]) == "258")
    #expect(try text("IntegerDeserializer", [255, 255, 255, 254]) == "-2")
    #expect(try text("ShortDeserializer", [127, 255]) == "32767")
    #expect(try text("DoubleDeserializer", [0x41, 0x63, 0x12, 0xd0, 0, 0, 0, 0]) == "1.0E7")
    #expect(try text("FloatDeserializer", [0x3f, 0x80, 0, 0]) == "1.0")
    #expect(try text("BooleanDeserializer", [1]) == "true")
  }

  @Test("what has the wrong length is refused in Java's words")
  func lengths() {
    let start = "org.apache.kafka.common.errors.SerializationException: "
    #expect(throws: ToolError.self) { try text("LongDeserializer", [1]) }
    do {
      _ = try text("LongDeserializer", [1])
    } catch {
      #expect("\(error)" == start + "Size of data received by LongDeserializer is not 8")
    }
    #expect(throws: ToolError.self) { try text("BooleanDeserializer", [2]) }
    #expect(throws: ToolError.self) { try text("nosuch.Deserializer", []) }
  }

  @Test("bytes as hexadecimal digits and in base64")
  func ours() throws {
    #expect(try text("hex", [0, 0xab, 0xff]) == "00abff")
    #expect(try text("base64", Array("a".utf8)) == "YQ==")
    #expect(try text("base64", Array("ab".utf8)) == "YWI=")
    #expect(try text("base64", Array("abc".utf8)) == "YWJj")
    #expect(try text("base64", []) == "")
    #expect(try text("BytesDeserializer", [0x41, 0xe9, 0x5c]) == #"A\xE9\x5C"#)
  }

  @Test(
    "floating-point numbers look like Java's",
    arguments: [
      (1.0, "1.0"), (0.001, "0.001"), (0.00099, "9.9E-4"), (1_234_567.5, "1234567.5"),
      (1e7, "1.0E7"), (-1.5e300, "-1.5E300"), (0, "0.0"), (100, "100.0"), (.nan, "NaN"),
      (-.infinity, "-Infinity"), (123_456_789.125, "1.23456789125E8"),
    ])
  func doubles(_ value: Double, _ expected: String) {
    #expect(JavaNumber.text(value) == expected)
  }

  @Test("fixed decimals")
  func fixed() {
    #expect(FixedPoint.text(1.25, decimals: 1) == "1.3")
    #expect(FixedPoint.text(4999.50005, decimals: 6) == "4999.500050")
    #expect(FixedPoint.text(-0.25, decimals: 2) == "-0.25")
    #expect(FixedPoint.text(-0.001, decimals: 2) == "0.00")
    #expect(FixedPoint.text(0.04, decimals: 1) == "0.0")
    #expect(FixedPoint.text(7, decimals: 0) == "7")
    #expect(FixedPoint.text(.infinity, decimals: 2) == "Infinity")
  }
}
