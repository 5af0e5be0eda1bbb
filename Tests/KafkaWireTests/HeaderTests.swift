import KafkaWire
import NIOCore
import Testing

@Suite("Headers") struct HeaderTests {
  @Test("an ApiVersions request of a version yet unknown is read as far as it is understood")
  func unknownVersion() throws {
    var frame = ByteBuffer(bytes: bytes(hexadecimal: "0012002a0000000700016300ffffff"))
    let header = try RequestHeader(from: &frame)
    #expect(header == .init(apiKey: 18, apiVersion: 42, correlationID: 7, clientID: "c"))
    #expect(header.needsVersionAnswer)

    var answer = ByteBuffer()
    try Frame.encode(
      ApiVersionsResponse.unsupportedVersion, version: 0, correlationID: 7, into: &answer)
    #expect(hexadecimal(answer.readableBytesView) == "0000001000000007002300000001001200000005")
  }

  @Test("a header of every key is read or refused, never a trap")
  func everyKey() throws {
    for key in Int16.min...Int16.max {
      for version: Int16 in [-1, 0, 9, 20] {
        var frame = ByteBuffer()
        frame.writeMultipleIntegers(key, version, 5 as Int32, -1 as Int16, 0 as UInt8)
        let header = try RequestHeader(from: &frame)
        if header.apiKey != key || header.apiVersion != version { Issue.record("\(header)") }
      }
    }
  }

  @Test("a header is refused at every length but its own")
  func truncated() throws {
    let whole = bytes(hexadecimal: "00120003000000010004746573740101026162")
    var complete = ByteBuffer(bytes: whole)
    #expect(try RequestHeader(from: &complete).clientID == "test")
    #expect(complete.readableBytes == 0)
    for count in 0..<whole.count {
      var frame = ByteBuffer(bytes: whole[..<count])
      #expect(throws: WireError.self) { try RequestHeader(from: &frame) }
    }
  }

  @Test("a failed encoding leaves the buffer as it was")
  func failedEncoding() {
    var buffer = ByteBuffer(bytes: [1, 2, 3])
    var response = FindCoordinatorResponse()
    response.host = String(repeating: "h", count: 32768)
    #expect(throws: WireError(.tooLong(32768), field: "Host")) {
      try Frame.encode(response, version: 0, correlationID: 1, into: &buffer)
    }
    #expect(Array(buffer: buffer) == [1, 2, 3])
  }

  @Test("frames are appended one after another")
  func appended() throws {
    var buffer = ByteBuffer()
    for correlationID: Int32 in 1...3 {
      try Frame.encode(
        ListOffsetsResponse(), version: 1, correlationID: correlationID, into: &buffer)
    }
    #expect(buffer.readableBytes == 3 * 12)
    #expect(buffer.getInteger(at: 28, as: Int32.self) == 3)
  }
}
