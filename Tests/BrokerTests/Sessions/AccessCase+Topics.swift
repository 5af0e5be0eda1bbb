import ActaModel
import Bytes
import KafkaWire
import LogStorage
import Testing

@testable import Broker

/// What each API answers when it is asked for `open` and for a target: APIs of topics and of the
/// cluster.
extension AccessCase {
  /// Asks as the case needs it, by name where there are names, and says what came of it.
  func reaction(to target: String, in fixture: BrokerFixture) async throws -> Reaction {
    let names = ["open", target]
    switch api {
    case .produce: return try await produce(names, in: fixture)
    case .fetch: return try await fetch(names, in: fixture)
    case .listOffsets: return try await listOffsets(names, in: fixture)
    case .metadata: return try await metadata(names, in: fixture)
    case .createTopics: return try await createTopics(target, in: fixture)
    case .deleteTopics: return try await deleteTopics(names, in: fixture)
    case .deleteRecords: return try await deleteRecords(names, in: fixture)
    case .initProducerID: return try await initProducerID(target, in: fixture)
    case .offsetForLeaderEpoch: return try await offsetForLeaderEpoch(names, in: fixture)
    case .describeConfigs: return try await describeConfigs(names, in: fixture)
    case .alterConfigs: return try await alterConfigs(names, in: fixture)
    case .incrementalAlterConfigs:
      return try await incrementalAlterConfigs(names, in: fixture)
    case .listConfigResources:
      let response = try await fixture.send(ListConfigResourcesRequest())
      #expect(response.configResources.isEmpty == (response.errorCode != .none))
      return Reaction(whole: response.errorCode)
    case .describeLogDirs:
      let response = try await fixture.send(DescribeLogDirsRequest.with { $0.topics = nil })
      #expect(response.results.isEmpty == (response.errorCode != .none))
      return Reaction(whole: response.errorCode)
    case .createPartitions: return try await createPartitions(names, in: fixture)
    case .describeCluster:
      let response = try await fixture.send(
        DescribeClusterRequest.with { $0.includeClusterAuthorizedOperations = true })
      var reaction = Reaction(whole: response.errorCode)
      reaction.hasDetail = response.clusterAuthorizedOperations != 0
      return reaction
    case .describeTopicPartitions: return try await describeTopicPartitions(names, in: fixture)
    default: return try await groupReaction(to: target, in: fixture)
    }
  }

  private func produce(_ names: [String], in fixture: BrokerFixture) async throws -> Reaction {
    var producer = fixture.furnishedProducer(names[1])
    let batch =
      rule.kind == .transactionalID ? producer.batch(["y"], to: "each") : Batch.of("y")
    let request = ProduceRequest.with {
      $0.acks = -1
      $0.transactionalID = rule.kind == .transactionalID ? names[1] : nil
      $0.topicData = names.map { name in
        .with {
          $0.name = name
          $0.partitionData = [.with { $0.records = ByteSlice(batch) }]
        }
      }
    }
    let response = try await fixture.send(request, version: 12)
    return Reaction(
      response.responses.flatMap { topic in
        topic.partitionResponses.map { (topic.name, $0.errorCode) }
      })
  }

  private func fetch(_ names: [String], in fixture: BrokerFixture) async throws -> Reaction {
    let request = FetchRequest.with {
      $0.replicaID = rule.kind == .cluster ? 2 : -1
      $0.topics = names.map { name in
        .with {
          $0.topic = name
          $0.partitions = [.with { $0.partitionMaxBytes = .max }]
        }
      }
    }
    let response = try await fixture.send(request, version: 12)
    if response.errorCode != .none { return Reaction(whole: response.errorCode) }
    let partitions = response.responses.flatMap { topic in
      topic.partitions.map { (topic.topic, $0) }
    }
    for (_, partition) in partitions where partition.errorCode == .topicAuthorizationFailed {
      #expect(partition.highWatermark == -1 && partition.logStartOffset == -1)
      #expect(partition.records?.chunks.isEmpty != false)
    }
    return Reaction(partitions.map { ($0, $1.errorCode) })
  }

  private func listOffsets(_ names: [String], in fixture: BrokerFixture) async throws -> Reaction {
    let request = ListOffsetsRequest.with {
      $0.replicaID = -1
      $0.topics = names.map { name in
        .with {
          $0.name = name
          $0.partitions = [.with { $0.timestamp = -1 }]
        }
      }
    }
    let topics = try await fixture.send(request).topics
    return Reaction(
      topics.flatMap { topic in
        topic.partitions.map { partition in
          #expect((partition.offset == -1) == (partition.errorCode != .none))
          return (topic.name, partition.errorCode)
        }
      })
  }

  private func metadata(_ names: [String], in fixture: BrokerFixture) async throws -> Reaction {
    let request = MetadataRequest.with {
      $0.topics =
        refusal == .leftOut
        ? nil : names.map { name in .with { $0.name = name } }
      $0.allowAutoTopicCreation = rule.operation == .create
      $0.includeClusterAuthorizedOperations = rule.kind == .cluster
      $0.includeTopicAuthorizedOperations = true
    }
    let response = try await fixture.send(request, version: 10)
    for topic in response.topics where topic.errorCode == .topicAuthorizationFailed {
      #expect(topic.topicID == .zero && topic.partitions.isEmpty)
      #expect(topic.topicAuthorizedOperations == .min)
    }
    var reaction = Reaction(response.topics.map { ($0.name ?? "", $0.errorCode) })
    reaction.hasDetail = response.clusterAuthorizedOperations > 0
    return reaction
  }

  /// What may be made must not be there: the neighbour has a name of its own each time.
  private func createTopics(_ target: String, in fixture: BrokerFixture) async throws -> Reaction {
    let request = CreateTopicsRequest.with {
      $0.topics = ["fresh", target].map { name in
        .with {
          $0.name = name
          $0.numPartitions = 1
          $0.replicationFactor = -1
        }
      }
    }
    let topics = try await fixture.send(request).topics
    var reaction = Reaction(topics.map { ($0.name, $0.errorCode) })
    reaction.hasDetail = topics.contains { $0.name == target && $0.configs?.isEmpty == false }
    for topic in topics where topic.topicConfigErrorCode != .none {
      #expect(topic.topicConfigErrorCode == .topicAuthorizationFailed)
      #expect(topic.numPartitions == -1 && topic.replicationFactor == -1 && topic.configs == [])
    }
    return reaction
  }

  private func deleteTopics(_ names: [String], in fixture: BrokerFixture) async throws -> Reaction {
    let request = DeleteTopicsRequest.with {
      $0.topics = names.map { name in .with { $0.name = name } }
    }
    return Reaction(
      try await fixture.send(request).responses.map { ($0.name ?? "", $0.errorCode) })
  }

  private func deleteRecords(
    _ names: [String], in fixture: BrokerFixture
  ) async throws -> Reaction {
    let request = DeleteRecordsRequest.with {
      $0.topics = names.map { name in
        .with {
          $0.name = name
          $0.partitions = [.with { $0.offset = 1 }]
        }
      }
    }
    return Reaction(
      try await fixture.send(request).topics.flatMap { topic in
        topic.partitions.map { partition in
          #expect((partition.lowWatermark == -1) == (partition.errorCode != .none))
          return (topic.name, partition.errorCode)
        }
      })
  }

  private func initProducerID(
    _ target: String, in fixture: BrokerFixture
  ) async throws -> Reaction {
    let response = try await fixture.send(
      InitProducerIdRequest.with {
        $0.transactionalID = rule.kind == .transactionalID ? target : nil
        $0.transactionTimeoutMilliseconds = 60_000
      })
    #expect((response.producerID == -1) == (response.errorCode != .none))
    return Reaction(whole: response.errorCode)
  }

  private func offsetForLeaderEpoch(
    _ names: [String], in fixture: BrokerFixture
  ) async throws -> Reaction {
    let request = OffsetForLeaderEpochRequest.with {
      $0.topics = names.map { name in
        .with {
          $0.topic = name
          $0.partitions = [.with { $0.leaderEpoch = 0 }]
        }
      }
    }
    return Reaction(
      try await fixture.send(request).topics.flatMap { topic in
        topic.partitions.map { (topic.topic, $0.errorCode) }
      })
  }

  /// Of the kind that the right is about, and a neighbour.
  private func configResources(_ names: [String]) -> [(type: Int8, name: String)] {
    switch rule.kind {
    case .topic: names.map { (2, $0) } + [(4, "1")]
    case .group: [(2, "open"), (32, names[1])]
    default: [(4, "1"), (16, "1")]
    }
  }

  private func alterConfigs(
    _ names: [String], in fixture: BrokerFixture
  ) async throws -> Reaction {
    let resources = configResources(names)
    let request = AlterConfigsRequest.with {
      $0.resources = resources.map { type, name in
        .with {
          $0.resourceType = type
          $0.resourceName = name
        }
      }
    }
    return Reaction(
      try await fixture.send(request).responses.map { ($0.resourceName, $0.errorCode) })
  }

  private func incrementalAlterConfigs(
    _ names: [String], in fixture: BrokerFixture
  ) async throws -> Reaction {
    let resources = configResources(names)
    let request = IncrementalAlterConfigsRequest.with {
      $0.resources = resources.map { type, name in
        .with {
          $0.resourceType = type
          $0.resourceName = name
        }
      }
    }
    return Reaction(
      try await fixture.send(request).responses.map { ($0.resourceName, $0.errorCode) })
  }

  private func describeConfigs(
    _ names: [String], in fixture: BrokerFixture
  ) async throws -> Reaction {
    let resources = configResources(names)
    let request = DescribeConfigsRequest.with {
      $0.resources = resources.map { type, name in
        .with {
          $0.resourceType = type
          $0.resourceName = name
        }
      }
    }
    return Reaction(
      try await fixture.send(request).results.map { result in
        #expect(result.configs.isEmpty == (result.errorCode != .none))
        return (result.resourceName, result.errorCode)
      })
  }

  private func createPartitions(
    _ names: [String], in fixture: BrokerFixture
  ) async throws -> Reaction {
    let request = CreatePartitionsRequest.with {
      $0.topics = names.map { name in
        .with {
          $0.name = name
          $0.count = 2
        }
      }
    }
    return Reaction(try await fixture.send(request).results.map { ($0.name, $0.errorCode) })
  }

  private func describeTopicPartitions(
    _ names: [String], in fixture: BrokerFixture
  ) async throws -> Reaction {
    let request = DescribeTopicPartitionsRequest.with {
      $0.topics = refusal == .leftOut ? [] : names.map { name in .with { $0.name = name } }
    }
    let topics = try await fixture.send(request).topics
    for topic in topics where topic.errorCode == .topicAuthorizationFailed {
      #expect(topic.topicID == .zero && topic.partitions.isEmpty)
      #expect(topic.topicAuthorizedOperations == .min)
    }
    return Reaction(topics.map { ($0.name ?? "", $0.errorCode) })
  }
}
