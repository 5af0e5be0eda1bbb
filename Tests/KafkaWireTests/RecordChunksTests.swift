import Bytes
import KafkaWire
import Testing

@Suite("Records on their way out") struct RecordChunksTests {
  private let short = [UInt8](repeating: 1, count: RecordChunks.copiedBelow - 1)
  private let long = [UInt8](repeating: 2, count: RecordChunks.copiedBelow)
  private let longer = [UInt8](repeating: 3, count: 100_000)

  @Test("long chunks are sent from where they are, short ones are copied")
  func pieces() throws {
    let frame = try encode([[long, short, longer]])
    let pieces = frame.pieces
    try #require(pieces.count == 5)
    #expect(address(pieces[1]) == address(long))
    #expect(pieces[1].count == long.count)
    #expect(address(pieces[3]) == address(longer))
    #expect(pieces[3].count == longer.count)
    // Between the two: nothing but the short one.
    #expect(pieces[2].withUnsafeBytes { [UInt8]($0) } == short)
    #expect(address(pieces[2]) != address(short))
  }

  @Test("what stands between long chunks is one buffer")
  func oneBuffer() throws {
    let pieces = try encode([[short, longer], [], [long]]).pieces
    try #require(pieces.count == 5)
    let first = try #require(address(pieces[0]))
    #expect(address(pieces[2]) == first + pieces[0].count)
    #expect(address(pieces[4]) == first + pieces[0].count + pieces[2].count)
  }

  @Test("chunks without a gap between them have no piece between them")
  func adjacent() throws {
    let pieces = try encode([[long, [], longer]]).pieces
    try #require(pieces.count == 4)
    #expect(address(pieces[1]) == address(long))
    #expect(address(pieces[2]) == address(longer))
  }

  @Test("an answer with short chunks only is one piece")
  func shortOnly() throws {
    #expect(try encode([[short, short], [short]]).pieces.count == 1)
  }

  @Test(
    "all lengths count the chunks, wherever they stand",
    arguments: APIVersionTable.versions(of: .fetch).map { Array($0.range) } ?? [])
  func lengths(version: Int16) throws {
    let partitions = [[short, longer, short, long], [], [long, long], [[7]], [longer]]
    let response = response(partitions)
    let frame = try Frame.encode(response, version: version, correlationID: 5)
    var bytes = ByteSlice([UInt8](frame))
    #expect(bytes.count == frame.count)
    #expect(bytes.takeInteger() == Int32(frame.count - 4))

    let (id, decoded) = try Frame.decode(FetchResponse.self, from: bytes, version: version)
    #expect(id == 5)
    let records = decoded.responses.flatMap(\.partitions).map { $0.records?.chunks.flatMap(\.self) }
    #expect(records == partitions.map { $0.flatMap(\.self) })
    // What is behind the records is where it should be: tagged fields, and the frame's last byte.
    let leaders = decoded.responses.flatMap(\.partitions).map(\.currentLeader.leaderID)
    #expect(leaders == partitions.indices.map { version >= 12 ? Int32($0) : -1 })
    #expect(decoded.nodeEndpoints.map(\.port) == (version >= 16 ? [9092] : []))
    #expect(throws: WireError.self) {
      try Frame.decode(
        FetchResponse.self, from: bytes[0..<bytes.count - 1], version: version)
    }
  }

  @Test(
    "how records are cut into chunks leaves no trace on the wire", arguments: [4, 18] as [Int16])
  func cutting(version: Int16) throws {
    let chunked = try encode([[long, short, longer, [9]]], version: version)
    let whole = try encode([[long + short + longer + [9]]], version: version)
    #expect([UInt8](chunked) == [UInt8](whole))
  }

  @Test("a frame's size counts what is behind it, of requests too", arguments: [3, 13] as [Int16])
  func requestSize(version: Int16) throws {
    var request = ProduceRequest()
    request.topicData = [.init()]
    request.topicData[0].partitionData = [.init()]
    request.topicData[0].partitionData[0].records = ByteSlice(longer)
    let frame = ByteSlice(
      [UInt8](try Frame.encode(request, version: version, correlationID: 1, clientID: "test")))
    #expect(frame.integer() == Int32(frame.count - 4))
    #expect(frame.count > longer.count)
  }

  @Test("records and frames beyond 2 GiB are refused", arguments: [4, 18] as [Int16])
  func tooLong(version: Int16) throws {
    // One chunk many times over: the gigabytes are not there.
    let chunk = [UInt8](repeating: 0, count: 1 << 20)
    let gigabyte = [[UInt8]](repeating: chunk, count: 1 << 10)
    #expect(throws: WireError(.tooLong(2 << 30), field: "Records")) {
      try encode([gigabyte + gigabyte], version: version).count
    }
    let error = #expect(throws: WireError.self) {
      try encode([gigabyte, gigabyte], version: version).count
    }
    #expect(error?.field == "frame")
  }

  /// No message has them there, so the writer does without.
  @Test("long records in a tagged field are a programmer's error")
  func tagged() async {
    #expect(throws: Never.self) { try TaggedRecords(bytes: 1).encode(version: 18) }
    await #expect(processExitsWith: .failure) {
      _ = try TaggedRecords(bytes: RecordChunks.copiedBelow).encode(version: 18)
    }
  }

  private struct TaggedRecords: ResponseMessage {
    static let api = APIKey.fetch
    var records = RecordChunks()

    init() {}

    init(bytes: Int) { records = RecordChunks([[UInt8](repeating: 0, count: bytes)]) }

    mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.tagged(0, "Records", &records, since: 12, default: RecordChunks())
    }
  }

  private func encode(_ partitions: [[[UInt8]]], version: Int16 = 18) throws -> BytePieces {
    try Frame.encode(response(partitions), version: version, correlationID: 1)
  }

  /// One topic; every partition has a leader of its number.
  private func response(_ partitions: [[[UInt8]]]) -> FetchResponse {
    var response = FetchResponse()
    response.responses = [.init()]
    response.responses[0].partitions = partitions.indices.map { number in
      var partition = FetchResponse.Partition()
      partition.records = RecordChunks(partitions[number])
      partition.currentLeader.leaderID = Int32(number)
      return partition
    }
    response.nodeEndpoints = [.init()]
    response.nodeEndpoints[0].port = 9092
    return response
  }

  private func address(_ bytes: [UInt8]) -> UnsafeRawPointer? {
    bytes.withUnsafeBytes(\.baseAddress)
  }

  private func address(_ piece: BytePieces.Piece) -> UnsafeRawPointer? {
    piece.withUnsafeBytes(\.baseAddress)
  }
}
