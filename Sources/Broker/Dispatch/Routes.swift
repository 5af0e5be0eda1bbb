import ActaModel
import Bytes
import KafkaWire

/// From a request's header to the handler of its API. Made from one list; that list and the table
/// from which ApiVersions is answered must name the same APIs, which is checked when it is made.
struct Routes: Sendable {
  /// One API: decodes the body, runs the handler, encodes the answer.
  private struct Route: Sendable {
    let key: APIKey
    let run:
      @Sendable (
        _ broker: Broker, _ body: ByteSlice, _ header: RequestHeader, _ context: RequestContext,
        _ reply: @escaping @Sendable (Reply) -> Void
      ) -> Void

    init<H: Handler>(_ make: @escaping @Sendable (Broker) -> H) {
      key = H.Request.api
      run = { broker, body, header, context, reply in
        let request: H.Request
        do {
          request = try H.Request.decode(from: body, version: header.apiVersion)
        } catch {
          return reply(.close(reason: "\(H.Request.api) v\(header.apiVersion): \(error)"))
        }
        let connection = context.connection
        make(broker).handle(request, context) { outcome in
          switch outcome {
          case .response(let response):
            connection.executor.run {
              reply(Routes.frame(response, version: header.apiVersion, header))
            }
          case .large(let answer):
            broker.give(bytes: answer.bytes, answer.grant, on: connection) {
              Routes.frame(answer.make(), version: header.apiVersion, header)
            } reply: {
              reply($0)
            }
          case .silence: connection.executor.run { reply(.none) }
          case .close(let reason): connection.executor.run { reply(.close(reason: reason)) }
          }
        }
      }
    }
  }

  private let routes: [APIKey: Route]

  private init(_ list: [Route]) {
    routes = Dictionary(uniqueKeysWithValues: list.map { ($0.key, $0) })
    precondition(
      Set(routes.keys) == Set(APIVersionTable.served.map(\.key)),
      "the APIs that are advertised and the APIs that have a handler differ")
  }

  static let all = Routes([
    Route { ProduceHandler(broker: $0) },
    Route { FetchHandler(broker: $0) },
    Route { ListOffsetsHandler(broker: $0) },
    Route { MetadataHandler(broker: $0) },
    Route { OffsetCommitHandler(broker: $0) },
    Route { OffsetFetchHandler(broker: $0) },
    Route { FindCoordinatorHandler(broker: $0) },
    Route { JoinGroupHandler(broker: $0) },
    Route { HeartbeatHandler(broker: $0) },
    Route { LeaveGroupHandler(broker: $0) },
    Route { SyncGroupHandler(broker: $0) },
    Route { DescribeGroupsHandler(broker: $0) },
    Route { ListGroupsHandler(broker: $0) },
    Route { _ in SaslHandshakeHandler() },
    Route { ApiVersionsHandler(broker: $0) },
    Route { CreateTopicsHandler(broker: $0) },
    Route { DeleteTopicsHandler(broker: $0) },
    Route { DeleteRecordsHandler(broker: $0) },
    Route { InitProducerIdHandler(broker: $0) },
    Route { OffsetForLeaderEpochHandler(broker: $0) },
    Route { AddPartitionsToTxnHandler(broker: $0) },
    Route { AddOffsetsToTxnHandler(broker: $0) },
    Route { EndTxnHandler(broker: $0) },
    Route { WriteTxnMarkersHandler(broker: $0) },
    Route { TxnOffsetCommitHandler(broker: $0) },
    Route { _ in DescribeAclsHandler() },
    Route { _ in CreateAclsHandler() },
    Route { _ in DeleteAclsHandler() },
    Route { DescribeConfigsHandler(broker: $0) },
    Route { AlterConfigsHandler(broker: $0) },
    Route { AlterReplicaLogDirsHandler(broker: $0) },
    Route { DescribeLogDirsHandler(broker: $0) },
    Route { _ in SaslAuthenticateHandler() },
    Route { CreatePartitionsHandler(broker: $0) },
    Route { _ in CreateDelegationTokenHandler() },
    Route { _ in RenewDelegationTokenHandler() },
    Route { _ in ExpireDelegationTokenHandler() },
    Route { _ in DescribeDelegationTokenHandler() },
    Route { DeleteGroupsHandler(broker: $0) },
    Route { ElectLeadersHandler(broker: $0) },
    Route { IncrementalAlterConfigsHandler(broker: $0) },
    Route { AlterPartitionReassignmentsHandler(broker: $0) },
    Route { _ in ListPartitionReassignmentsHandler() },
    Route { OffsetDeleteHandler(broker: $0) },
    Route { DescribeClientQuotasHandler(broker: $0) },
    Route { AlterClientQuotasHandler(broker: $0) },
    Route { _ in DescribeUserScramCredentialsHandler() },
    Route { _ in AlterUserScramCredentialsHandler() },
    Route { DescribeQuorumHandler(broker: $0) },
    Route { UpdateFeaturesHandler(broker: $0) },
    Route { DescribeClusterHandler(broker: $0) },
    Route { DescribeProducersHandler(broker: $0) },
    Route { UnregisterBrokerHandler(broker: $0) },
    Route { DescribeTransactionsHandler(broker: $0) },
    Route { ListTransactionsHandler(broker: $0) },
    Route { ConsumerGroupHeartbeatHandler(broker: $0) },
    Route { ConsumerGroupDescribeHandler(broker: $0) },
    Route { ListConfigResourcesHandler(broker: $0) },
    Route { DescribeTopicPartitionsHandler(broker: $0) },
    Route { AddRaftVoterHandler(broker: $0) },
    Route { RemoveRaftVoterHandler(broker: $0) },
    Route { UnregisterControllerHandler(broker: $0) },
  ])

  func dispatch(
    _ frame: ByteSlice, on connection: ConnectionContext, to broker: Broker,
    reply: @escaping @Sendable (Reply) -> Void
  ) {
    var body = frame
    let header: RequestHeader
    do {
      header = try RequestHeader(from: &body)
    } catch {
      return reply(.close(reason: "request header: \(error)"))
    }
    if header.needsVersionAnswer {
      return reply(Self.frame(ApiVersionsResponse.unsupportedVersion, version: 0, header))
    }
    guard header.isServed, let api = header.api, let route = routes[api] else {
      return reply(.close(reason: Self.refusal(of: header)))
    }
    let session = Session(
      api, clientID: header.clientID ?? "", on: connection, authorizer: broker.authorizer)
    let context = RequestContext(
      connection: connection, session: session, version: header.apiVersion)
    route.run(broker, body, header, context, reply)
  }

  private static func refusal(of header: RequestHeader) -> String {
    "\(APIName.of(header.apiKey)) version \(header.apiVersion), which client"
      + " '\(header.clientID ?? "")' asked for, is not served"
  }

  private static func frame<Response: ResponseMessage>(
    _ response: Response, version: Int16, _ header: RequestHeader
  ) -> Reply {
    do {
      return .frame(
        try Frame.encode(response, version: version, correlationID: header.correlationID))
    } catch {
      return .close(reason: "\(Response.api) v\(version) response: \(error)")
    }
  }
}
