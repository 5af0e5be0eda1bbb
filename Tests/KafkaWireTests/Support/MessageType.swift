import KafkaWire
import NIOCore
import Testing

/// One message type with its type erased, so that a test can go through all of them.
struct MessageType: Sendable, CustomTestStringConvertible {
  let name: String
  let versions: APIVersions
  let isRequest: Bool
  /// Decodes a body and drops the result.
  let decode: @Sendable (ByteBuffer, Int16) throws(WireError) -> Void
  /// Decodes a body; its fields by name, and the body encoded anew.
  let roundTrip: @Sendable (ByteBuffer, Int16) throws -> (fields: JSONValue, bytes: [UInt8])
  /// Decodes a body, encodes it and decodes that: whether both are the same message. A message that
  /// was read must be one that can be written: only decoding may throw a `WireError`.
  let isStable: @Sendable (ByteBuffer, Int16) throws -> Bool
  /// Decodes a whole frame without its size; the same of it.
  let frame: @Sendable (ByteBuffer, Int16) throws -> (fields: JSONValue, bytes: [UInt8])

  var testDescription: String { name }

  func vectors() throws -> [MessageVector] {
    try MessageVectors.named(name, in: versions.range)
  }

  init<R: RequestMessage>(request: R.Type) {
    let versions = MessageType.versions(R.api)
    self.init(
      name: "\(R.api)Request", versions: versions, isRequest: true,
      decode: { (body, version) throws(WireError) in try R.decode(from: body, version: version) },
      encode: { (message, buffer, version) throws(WireError) in
        try message.encode(into: &buffer, version: version)
      },
      frame: { frame, version in
        var body = frame
        let header = try RequestHeader(from: &body)
        let message = try R.decode(from: body, version: version)
        var encoded = ByteBuffer()
        try Frame.encode(
          message, version: version, correlationID: header.correlationID, clientID: header.clientID,
          into: &encoded)
        return (try dump(message, versions, version), Array(buffer: encoded))
      })
  }

  init<R: ResponseMessage>(response: R.Type) {
    let versions = MessageType.versions(R.api)
    self.init(
      name: "\(R.api)Response", versions: versions, isRequest: false,
      decode: { (body, version) throws(WireError) in try R.decode(from: body, version: version) },
      encode: { (message, buffer, version) throws(WireError) in
        try message.encode(into: &buffer, version: version)
      },
      frame: { frame, version in
        let (correlationID, message) = try Frame.decode(R.self, from: frame, version: version)
        var encoded = ByteBuffer()
        try Frame.encode(
          message, version: version, correlationID: correlationID, into: &encoded)
        return (try dump(message, versions, version), Array(buffer: encoded))
      })
  }

  /// What requests and responses share; only their frames differ.
  private init<M: Message>(
    name: String, versions: APIVersions, isRequest: Bool,
    decode: @escaping @Sendable (ByteBuffer, Int16) throws(WireError) -> M,
    encode: @escaping @Sendable (M, inout ByteBuffer, Int16) throws(WireError) -> Void,
    frame: @escaping @Sendable (ByteBuffer, Int16) throws -> (fields: JSONValue, bytes: [UInt8])
  ) {
    self.name = name
    self.versions = versions
    self.isRequest = isRequest
    self.frame = frame
    self.decode = { (body, version) throws(WireError) in _ = try decode(body, version) }
    roundTrip = { body, version in
      let message = try decode(body, version)
      var encoded = ByteBuffer()
      try encode(message, &encoded, version)
      return (try dump(message, versions, version), Array(buffer: encoded))
    }
    isStable = { body, version in
      try isStableMessage(
        decode(body, version),
        encode: { (message, buffer) throws(WireError) in try encode(message, &buffer, version) },
        decode: { (body) throws(WireError) in try decode(body, version) })
    }
  }

  private static func versions(_ key: APIKey) -> APIVersions {
    guard let versions = APIVersionTable.versions(of: key) else {
      preconditionFailure("\(key) has messages but is not in the table")
    }
    return versions
  }

  /// Both messages of an API.
  private static func pair<R: RequestMessage>(_ type: R.Type) -> [MessageType] {
    precondition(R.api == R.Response.api, "\(R.api) is answered by another API's response")
    return [MessageType(request: R.self), MessageType(response: R.Response.self)]
  }

  static let all: [MessageType] = [
    pair(ProduceRequest.self),
    pair(FetchRequest.self),
    pair(ListOffsetsRequest.self),
    pair(MetadataRequest.self),
    pair(FindCoordinatorRequest.self),
    pair(ApiVersionsRequest.self),
    pair(CreateTopicsRequest.self),
    pair(DeleteTopicsRequest.self),
    pair(DeleteRecordsRequest.self),
    pair(InitProducerIdRequest.self),
    pair(OffsetForLeaderEpochRequest.self),
    pair(DescribeConfigsRequest.self),
    pair(DescribeLogDirsRequest.self),
    pair(CreatePartitionsRequest.self),
    pair(DescribeClusterRequest.self),
    pair(DescribeTopicPartitionsRequest.self),
    pair(OffsetCommitRequest.self),
    pair(OffsetFetchRequest.self),
    pair(JoinGroupRequest.self),
    pair(HeartbeatRequest.self),
    pair(LeaveGroupRequest.self),
    pair(SyncGroupRequest.self),
    pair(DescribeGroupsRequest.self),
    pair(ListGroupsRequest.self),
    pair(DeleteGroupsRequest.self),
    pair(OffsetDeleteRequest.self),
    pair(ConsumerGroupHeartbeatRequest.self),
    pair(ConsumerGroupDescribeRequest.self),
  ].flatMap(\.self)

  static var requests: [MessageType] { all.filter(\.isRequest) }
}

private func dump<M: WireStruct>(
  _ message: M, _ versions: APIVersions, _ version: Int16
) throws -> JSONValue {
  try JSONDumper.dump(message, version: version, isFlexible: versions.isFlexible(version))
}

private struct Unstable: Error {
  let error: WireError
}

private func isStableMessage<M: Equatable>(
  _ message: M, encode: (M, inout ByteBuffer) throws(WireError) -> Void,
  decode: (ByteBuffer) throws(WireError) -> M
) throws -> Bool {
  do {
    var encoded = ByteBuffer()
    try encode(message, &encoded)
    return try decode(encoded) == message
  } catch {
    // Not a `WireError`, so that it cannot be taken for the input's fault.
    throw Unstable(error: error)
  }
}
