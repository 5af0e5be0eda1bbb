import Bytes
import KafkaWire
import Testing

@Suite("Headers") struct HeaderTests {
  @Test("an ApiVersions request of a version yet unknown is read as far as it is understood")
  func unknownVersion() throws {
    var frame = ByteSlice(bytes(hexadecimal: "0012002a0000000700016300ffffff"))
    let header = try RequestHeader(from: &frame)
    #expect(header == .init(apiKey: 18, apiVersion: 42, correlationID: 7, clientID: "c"))
    #expect(header.needsVersionAnswer)

    let answer = try Frame.encode(
      ApiVersionsResponse.unsupportedVersion, version: 0, correlationID: 7)
    #expect(hexadecimal([UInt8](answer)) == "0000001000000007002300000001001200000005")
  }

  @Test("a header of every key is read or refused, never a trap")
  func everyKey() throws {
    for key in Int16.min...Int16.max {
      for version: Int16 in [-1, 0, 9, 20] {
        var frame = ByteSlice(bigEndian(key, version, 5 as Int32, -1 as Int16, 0 as UInt8))
        let header = try RequestHeader(from: &frame)
        if header.apiKey != key || header.apiVersion != version { Issue.record("\(header)") }
      }
    }
  }

  @Test("a header is refused at every length but its own")
  func truncated() throws {
    let whole = bytes(hexadecimal: "00120003000000010004746573740101026162")
    var complete = ByteSlice(whole)
    #expect(try RequestHeader(from: &complete).clientID == "test")
    #expect(complete.isEmpty)
    for count in 0..<whole.count {
      var frame = ByteSlice(whole[..<count])
      #expect(throws: WireError.self) { try RequestHeader(from: &frame) }
    }
  }

  @Test("a message that its version cannot express is no frame")
  func failedEncoding() {
    var response = FindCoordinatorResponse()
    response.host = String(repeating: "h", count: 32768)
    #expect(throws: WireError(.tooLong(32768), field: "Host")) {
      try Frame.encode(response, version: 0, correlationID: 1)
    }
  }

  @Test("frames follow one another")
  func appended() throws {
    let frames = try (1...3).map { correlationID in
      try Frame.encode(ListOffsetsResponse(), version: 1, correlationID: correlationID)
    }
    let stream = ByteSlice(frames.flatMap { [UInt8]($0) })
    #expect(stream.count == 3 * 12)
    #expect(stream.integer(at: 28) == 3 as Int32)
  }
}
