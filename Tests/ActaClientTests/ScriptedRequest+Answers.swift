import ActaModel
import Bytes
import KafkaWire

// What a broker answers that has nothing wrong with it.
extension ScriptedRequest {
  /// Everything that this client needs to send records, as a cluster of this one broker, whose id is 1, would say it.
  func properly(leader: Int32 = 1) -> ScriptedBroker.Reply {
    switch api {
    case .apiVersions: answer(Self.versions())
    case .metadata: answer(metadata(leader: leader))
    case .initProducerID: answer(producerID())
    case .produce: answer(appended())
    default: .close
    }
  }

  /// - Parameter newest: Of Produce.
  static func versions(produceUpTo newest: Int16 = .max) -> ApiVersionsResponse {
    var response = ApiVersionsResponse()
    response.apiKeys = APIVersionTable.served.map { versions in
      var entry = ApiVersionsResponse.ApiVersion(versions)
      if versions.key == .produce { entry.maxVersion = min(entry.maxVersion, newest) }
      return entry
    }
    return response
  }

  /// - Parameter others: Brokers beside this one, by id, and their ports.
  func metadata(leader: Int32, others: [Int32: UInt16] = [:]) -> MetadataResponse {
    var response = MetadataResponse()
    response.brokers = ([1: port].merging(others) { $1 }).sorted { $0.key < $1.key }.map {
      id, port in
      var broker = MetadataResponse.Broker()
      broker.nodeID = id
      broker.host = "127.0.0.1"
      broker.port = Int32(port)
      return broker
    }
    var topic = MetadataResponse.Topic()
    topic.name = "t"
    topic.topicID = TopicID(high: 0, low: 1)
    var partition = MetadataResponse.Partition()
    partition.leaderID = leader
    topic.partitions = [partition]
    response.topics = [topic]
    return response
  }

  func producerID() -> InitProducerIdResponse {
    var response = InitProducerIdResponse()
    response.producerID = 7
    return response
  }

  /// All that the request brings has been appended, at offset 5.
  func appended(_ code: ErrorCode = .none) -> ProduceResponse {
    var response = ProduceResponse()
    let request = (try? ProduceRequest.decode(from: body, version: version)) ?? ProduceRequest()
    response.responses = request.topicData.map { sent in
      var topic = ProduceResponse.Topic()
      topic.name = sent.name
      topic.topicID = sent.topicID
      topic.partitionResponses = sent.partitionData.map { sent in
        var partition = ProduceResponse.Partition()
        partition.index = sent.index
        partition.errorCode = code
        partition.baseOffset = code == .none ? 5 : -1
        return partition
      }
      return topic
    }
    return response
  }

  /// This broker coordinates all that is asked about.
  func coordinator() -> FindCoordinatorResponse {
    let asked =
      (try? FindCoordinatorRequest.decode(from: body, version: version)) ?? FindCoordinatorRequest()
    var response = FindCoordinatorResponse()
    response.nodeID = 1
    response.host = "127.0.0.1"
    response.port = Int32(port)
    response.coordinators = asked.coordinatorKeys.map { key in
      var coordinator = FindCoordinatorResponse.Coordinator()
      coordinator.key = key
      coordinator.nodeID = 1
      coordinator.host = "127.0.0.1"
      coordinator.port = Int32(port)
      return coordinator
    }
    return response
  }
}
