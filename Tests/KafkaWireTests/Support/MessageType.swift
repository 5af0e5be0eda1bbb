import Bytes
import KafkaWire
import Testing

/// One message type with its type erased, so that a test can go through all of them.
struct MessageType: Sendable, CustomTestStringConvertible {
  let name: String
  let versions: APIVersions
  let isRequest: Bool
  /// Decodes a body and drops the result.
  let decode: @Sendable (ByteSlice, Int16) throws(WireError) -> Void
  /// Decodes a body; its fields by name, and the body encoded anew.
  let roundTrip: @Sendable (ByteSlice, Int16) throws -> (fields: JSONValue, bytes: [UInt8])
  /// Decodes a body, encodes it and decodes that: whether both are the same message. A message that
  /// was read must be one that can be written: only decoding may throw a `WireError`.
  let isStable: @Sendable (ByteSlice, Int16) throws -> Bool
  /// Decodes a whole frame without its size; the same of it.
  let frame: @Sendable (ByteSlice, Int16) throws -> (fields: JSONValue, bytes: [UInt8])

  var testDescription: String { name }

  func vectors() throws -> [MessageVector] {
    try MessageVectors.named(name, in: versions.range)
  }

  init<R: RequestMessage>(request: R.Type) {
    let versions = MessageType.versions(R.api)
    self.init(
      name: "\(R.api)Request", versions: versions, isRequest: true,
      decode: { (body, version) throws(WireError) in try R.decode(from: body, version: version) },
      encode: { (message, version) throws(WireError) in try message.encode(version: version) },
      frame: { frame, version in
        var body = frame
        let header = try RequestHeader(from: &body)
        let message = try R.decode(from: body, version: version)
        let encoded = try Frame.encode(
          message, version: version, correlationID: header.correlationID, clientID: header.clientID)
        return (try dump(message, versions, version), [UInt8](encoded))
      })
  }

  init<R: ResponseMessage>(response: R.Type) {
    let versions = MessageType.versions(R.api)
    self.init(
      name: "\(R.api)Response", versions: versions, isRequest: false,
      decode: { (body, version) throws(WireError) in try R.decode(from: body, version: version) },
      encode: { (message, version) throws(WireError) in try message.encode(version: version) },
      frame: { frame, version in
        let (correlationID, message) = try Frame.decode(R.self, from: frame, version: version)
        let encoded = try Frame.encode(message, version: version, correlationID: correlationID)
        return (try dump(message, versions, version), [UInt8](encoded))
      })
  }

  /// What requests and responses share; only their frames differ.
  private init<M: Message>(
    name: String, versions: APIVersions, isRequest: Bool,
    decode: @escaping @Sendable (ByteSlice, Int16) throws(WireError) -> M,
    encode: @escaping @Sendable (M, Int16) throws(WireError) -> BytePieces,
    frame: @escaping @Sendable (ByteSlice, Int16) throws -> (fields: JSONValue, bytes: [UInt8])
  ) {
    self.name = name
    self.versions = versions
    self.isRequest = isRequest
    self.frame = frame
    self.decode = { (body, version) throws(WireError) in _ = try decode(body, version) }
    roundTrip = { body, version in
      let message = try decode(body, version)
      return (try dump(message, versions, version), [UInt8](try encode(message, version)))
    }
    isStable = { body, version in
      try isStableMessage(
        decode(body, version),
        encode: { (message) throws(WireError) in try encode(message, version) },
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
    pair(AlterConfigsRequest.self),
    pair(IncrementalAlterConfigsRequest.self),
    pair(ListConfigResourcesRequest.self),
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
    pair(SaslHandshakeRequest.self),
    pair(DescribeAclsRequest.self),
    pair(CreateAclsRequest.self),
    pair(DeleteAclsRequest.self),
    pair(AlterReplicaLogDirsRequest.self),
    pair(SaslAuthenticateRequest.self),
    pair(CreateDelegationTokenRequest.self),
    pair(RenewDelegationTokenRequest.self),
    pair(ExpireDelegationTokenRequest.self),
    pair(DescribeDelegationTokenRequest.self),
    pair(ElectLeadersRequest.self),
    pair(AlterPartitionReassignmentsRequest.self),
    pair(ListPartitionReassignmentsRequest.self),
    pair(DescribeClientQuotasRequest.self),
    pair(AlterClientQuotasRequest.self),
    pair(DescribeUserScramCredentialsRequest.self),
    pair(AlterUserScramCredentialsRequest.self),
    pair(DescribeQuorumRequest.self),
    pair(UpdateFeaturesRequest.self),
    pair(DescribeProducersRequest.self),
    pair(AddPartitionsToTxnRequest.self),
    pair(AddOffsetsToTxnRequest.self),
    pair(EndTxnRequest.self),
    pair(WriteTxnMarkersRequest.self),
    pair(TxnOffsetCommitRequest.self),
    pair(DescribeTransactionsRequest.self),
    pair(ListTransactionsRequest.self),
    pair(UnregisterBrokerRequest.self),
    pair(AddRaftVoterRequest.self),
    pair(RemoveRaftVoterRequest.self),
    pair(UnregisterControllerRequest.self),
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
  _ message: M, encode: (M) throws(WireError) -> BytePieces,
  decode: (ByteSlice) throws(WireError) -> M
) throws -> Bool {
  do {
    let encoded = ByteSlice([UInt8](try encode(message)))
    return try decode(encoded) == message
  } catch {
    // Not a `WireError`, so that it cannot be taken for the input's fault.
    throw Unstable(error: error)
  }
}
