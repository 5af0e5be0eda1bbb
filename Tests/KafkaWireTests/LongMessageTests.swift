import Bytes
import KafkaWire
import Testing

@Suite("Long messages on their way out") struct LongMessageTests {
  private static let longest = 200 << 10

  private func metadata(topics: Int, partitions: Int32) -> MetadataResponse {
    var response = MetadataResponse()
    response.topics = (0..<topics).map { number in
      var topic = MetadataResponse.Topic()
      topic.name = "topic-\(number)"
      topic.partitions = (0..<partitions).map { number in
        var partition = MetadataResponse.Partition()
        partition.partitionIndex = number
        partition.replicaNodes = [1]
        return partition
      }
      return topic
    }
    return response
  }

  @Test(
    "they stand in buffers that were never copied to make room",
    arguments: APIVersionTable.versions(of: .metadata).map { Array($0.range) } ?? [])
  func segments(version: Int16) throws {
    let response = metadata(topics: 200, partitions: 200)
    let frame = try Frame.encode(response, version: version, correlationID: 9)
    #expect(frame.pieces.count > 5)
    #expect(frame.pieces.allSatisfy { $0.count < Self.longest })
    var bytes = ByteSlice([UInt8](frame))
    #expect(bytes.count == frame.count)
    #expect(bytes.takeInteger() == Int32(frame.count - 4))
    let (id, decoded) = try Frame.decode(MetadataResponse.self, from: bytes, version: version)
    #expect(id == 9)
    #expect(decoded.topics.map(\.partitions) == response.topics.map(\.partitions))
  }

  @Test(
    "what members say is sent from where it is, if it is long",
    arguments: APIVersionTable.versions(of: .describeGroups).map { Array($0.range) } ?? [])
  func longBytes(version: Int16) throws {
    let long = [UInt8](repeating: 3, count: 900_000)
    var response = DescribeGroupsResponse()
    response.groups = (0..<200).map { number in
      var group = DescribeGroupsResponse.Group()
      group.groupID = "g\(number)"
      var member = DescribeGroupsResponse.Member()
      member.memberMetadata = long
      member.memberAssignment = [1, 2, 3]
      group.members = [member]
      return group
    }
    let frame = try Frame.encode(response, version: version, correlationID: 9)
    let here = long.withUnsafeBytes { $0.baseAddress }
    let shared = frame.pieces.filter { $0.withUnsafeBytes { $0.baseAddress } == here }
    #expect(shared.count == 200)
    #expect(frame.count - shared.reduce(0) { $0 + $1.count } < 20_000)

    var bytes = ByteSlice([UInt8](frame))
    #expect(bytes.takeInteger() == Int32(frame.count - 4))
    let (_, decoded) = try Frame.decode(DescribeGroupsResponse.self, from: bytes, version: version)
    #expect(decoded.groups == response.groups)
  }

  @Test("a short answer is one piece")
  func short() throws {
    let frame = try Frame.encode(
      metadata(topics: 3, partitions: 3), version: 12, correlationID: 9)
    #expect(frame.pieces.count == 1)
  }
}
