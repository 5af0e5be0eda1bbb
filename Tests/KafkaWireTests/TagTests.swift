import Bytes
import KafkaWire
import Testing

/// DescribeCluster v0 is one bool and then its tag section: the shortest flexible request.
@Suite("Tag sections and varints") struct TagTests {
  private func decode(_ hex: String) throws -> DescribeClusterRequest {
    try .decode(from: ByteSlice(bytes(hexadecimal: "01" + hex)), version: 0)
  }

  @Test("unknown tags are passed over")
  func unknown() throws {
    #expect(try decode("00").includeClusterAuthorizedOperations)
    #expect(try decode("02" + "0000" + "0502aabb").includeClusterAuthorizedOperations)
  }

  @Test("tags that do not rise are refused")
  func order() {
    #expect(throws: WireError(.tagsOutOfOrder(4), field: "body")) { try decode("0205000400") }
    #expect(throws: WireError(.tagsOutOfOrder(5), field: "body")) { try decode("0205000500") }
  }

  @Test("sixty-four unknown tags are the most")
  func count() throws {
    let section = { (count: UInt8) in
      hexadecimal([count] + (0..<count).flatMap { [$0, 0] })
    }
    _ = try decode(section(64))
    #expect(throws: WireError(.tooManyTags(65), field: "body")) { try decode(section(65)) }
  }

  @Test("unknown tags of all structs together count as elements do")
  func countOfAll() {
    // Metadata v12: 1,600 topics, each with 64 unknown tags.
    var body = bytes(hexadecimal: "c10c")
    for _ in 0..<1600 {
      body += zeros(17) + [64]
      for tag: UInt8 in 0..<64 { body += [tag, 0] }
    }
    body += [1, 0, 0]
    // 100,000 less 1,600 topics leave 98,400 tags: 1,537 topics with 64 and one with 32.
    #expect(throws: WireError(.tooManyTags(33), field: "Topics")) {
      try MetadataRequest.decode(from: ByteSlice(body), version: 12)
    }
  }

  @Test("a tag's size beyond the bytes left is refused, as is a count of tags")
  func sizes() {
    #expect(throws: WireError(.truncated, field: "body")) { try decode("010002aa") }
    #expect(throws: WireError(.tooManyTags(2), field: "body")) { try decode("020000") }
    #expect(throws: WireError(.tooManyTags(Int(UInt32.max)), field: "body")) {
      try decode("ffffffff0f")
    }
  }

  @Test(
    "a header with twenty million tags is refused without reading them",
    arguments: [512 << 10, 16 << 20, 41 << 20])
  func millionsOfTags(frameSize: Int) {
    let header =
      bigEndian(18 as Int16, 3 as Int16, 1 as Int32, -1 as Int16)
      + bytes(hexadecimal: "80dac409")  // 20,000,000
    var frame = ByteSlice(header + zeros(frameSize))
    #expect(throws: WireError.self) { try RequestHeader(from: &frame) }

    var tags: [UInt8] = []
    for tag: UInt8 in 0..<100 { tags += [tag, 0] }
    var rising = ByteSlice(header + tags + zeros(41 << 20))
    #expect(throws: WireError(.tooManyTags(65), field: "request_header_tags")) {
      try RequestHeader(from: &rising)
    }
  }

  @Test("a known tag must use exactly its bytes")
  func knownSize() throws {
    // Fetch v12, tag 0 (ClusterId) = "a", announced with 2 bytes, then with 3.
    let fields = String(repeating: "00", count: 4 + 4 + 4 + 1 + 4 + 4) + "0101" + "01"
    let fetch = { (hex: String) in
      try FetchRequest.decode(
        from: ByteSlice(bytes(hexadecimal: "00000000" + fields + hex)), version: 12)
    }
    #expect(try fetch("01" + "00020261").clusterID == "a")
    #expect(throws: WireError(.tagSizeMismatch(0), field: "ClusterId")) {
      try fetch("01" + "0003026100")
    }
    #expect(throws: WireError(.truncated, field: "ClusterId")) { try fetch("01" + "00010261") }
    // An unknown tag after the known one.
    #expect(try fetch("02" + "00020261" + "0701ff").clusterID == "a")
  }

  @Test("a varint in more bytes than it needs, or beyond 32 bits, is refused")
  func varints() {
    for hex in ["8000", "80808000", "ffffffff1f", "ffffffffff01", "8080808080"] {
      #expect(throws: WireError(.malformedVarint, field: "body"), "\(hex)") { try decode(hex) }
    }
    #expect(throws: WireError(.truncated, field: "body")) { try decode("ffffff") }
  }
}
