import Bytes
import KafkaWire
import Testing

@Suite("Hostile input") struct HostileInputTests {
  @Test("every message cut short is refused, at every byte", arguments: MessageType.all)
  func truncation(_ type: MessageType) throws {
    for vector in try type.vectors() {
      let whole = ByteSlice(vector.bytes)
      for count in 0..<whole.count {
        do {
          try type.decode(whole[0..<count], vector.version)
          Issue.record("\(type.name) v\(vector.version) \(vector.kind) read from \(count) bytes")
        } catch {}
      }
    }
  }

  @Test("bytes after the last field are ignored", arguments: MessageType.all)
  func trailingBytes(_ type: MessageType) throws {
    for vector in try type.vectors() {
      try type.decode(ByteSlice(vector.bytes + [0xff, 0xff]), vector.version)
    }
  }

  @Test("a body of a few bytes that claims millions of elements is refused at once")
  func eightBytes() {
    // Metadata v0: an array of 54 million topics, and nothing behind it.
    #expect(throws: WireError(.countBeyondBytes(54_000_000), field: "Topics")) {
      try MetadataRequest.decode(from: ByteSlice(bigEndian(54_000_000 as Int32)), version: 0)
    }
  }

  /// Wherever an array's count may stand, a huge one is tried: over each four bytes of each vector,
  /// as an int32 and as a varint.
  @Test(
    "a huge count at any place of any request ends in an error or a message",
    arguments: MessageType.requests)
  func hugeCounts(_ type: MessageType) throws {
    let claims: [[UInt8]] = [
      [0x03, 0x37, 0xf9, 0x80], [0x7f, 0xff, 0xff, 0xff], [0x80, 0x00, 0x00, 0x00],
      [0xff, 0xff, 0xff, 0xfe], [0xff, 0xff, 0xff, 0x7f], [0xff, 0xff, 0xff, 0xff, 0x0f],
    ]
    for vector in try type.vectors() {
      let bytes = vector.bytes
      for start in bytes.indices {
        for claim in claims {
          let claimed = bytes[..<start] + claim + bytes[start...].dropFirst(claim.count)
          let body = ByteSlice(claimed.prefix(bytes.count))
          do { try type.decode(body, vector.version) } catch { continue }
        }
      }
    }
  }

  @Test("all arrays of a request together hold a hundred thousand elements and no more")
  func elementLimit() throws {
    #expect(try decodeTopics(100_000) == 100_000)
    #expect(throws: WireError(.tooManyElements(100_001), field: "Topics")) {
      try decodeTopics(100_001)
    }
    // One element of the outer array and 100,000 of the inner.
    let nested =
      bigEndian(1 as Int32, 0 as Int16, 100_000 as Int32) + zeros(800_000) + bigEndian(0 as Int32)
    #expect(throws: WireError(.tooManyElements(100_000), field: "Partitions")) {
      try DeleteRecordsRequest.decode(from: ByteSlice(nested), version: 0)
    }
  }

  private func decodeTopics(_ count: Int) throws -> Int? {
    let body = ByteSlice(bigEndian(Int32(count)) + zeros(2 * count))
    return try MetadataRequest.decode(from: body, version: 0).topics?.count
  }

  @Test("no string is longer than 32,767 bytes, though a compact length could say more")
  func longStrings() throws {
    func decode(_ count: Int) throws -> Int? {
      var request = InitProducerIdRequest()
      request.transactionalID = String(repeating: "i", count: count)
      let body = ByteSlice([UInt8](try request.encode(version: 2)))
      return try InitProducerIdRequest.decode(from: body, version: 2).transactionalID?.utf8.count
    }
    #expect(try decode(32_767) == 32_767)
    #expect(throws: WireError(.tooLong(32_768), field: "TransactionalId")) { try decode(32_768) }
  }

  @Test("null is refused where the version has none")
  func unexpectedNull() {
    #expect(throws: WireError(.unexpectedNull, field: "Topics")) {
      try MetadataRequest.decode(from: ByteSlice(bigEndian(-1 as Int32)), version: 0)
    }
    #expect(throws: WireError(.negativeLength(-2), field: "Topics")) {
      try MetadataRequest.decode(from: ByteSlice(bigEndian(-2 as Int32)), version: 1)
    }
    var response = DeleteTopicsResponse()
    response.responses = [.init()]
    response.responses[0].name = nil
    #expect(throws: WireError(.unexpectedNull, field: "Name")) {
      try response.encode(version: 5)
    }
  }

  @Test("text that is not UTF-8 is taken with replacement characters")
  func invalidText() throws {
    let body = ByteSlice(bigEndian(1 as Int32, 2 as Int16, 0xc328 as UInt16))
    let request = try MetadataRequest.decode(from: body, version: 0)
    #expect(request.topics?.map(\.name) == ["\u{fffd}("])
  }

  @Test("a client id that is not UTF-8 is one with replacement characters")
  func invalidClientID() throws {
    var frame = ByteSlice(
      bigEndian(18 as Int16, 0 as Int16, 7 as Int32, 3 as Int16) + [0x61, 0xff, 0x62])
    #expect(try RequestHeader(from: &frame).clientID == "a\u{fffd}b")
  }

  @Test("a nullable struct's marker is 1 or -1")
  func marker() {
    let body = ByteSlice(bytes(hexadecimal: "01000007d00000"))
    #expect(throws: WireError(.invalidMarker(0), field: "Cursor")) {
      try DescribeTopicPartitionsRequest.decode(from: body, version: 0)
    }
  }
}
