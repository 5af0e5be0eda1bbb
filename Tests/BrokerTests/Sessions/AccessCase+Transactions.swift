import ActaModel
import KafkaWire
import LogEngine
import Testing

@testable import Broker

/// What the APIs of transactions answer.
extension AccessCase {
  func transactionReaction(to target: String, in fixture: BrokerFixture) async throws -> Reaction {
    let names = ["open", target]
    let transactionalID = rule.kind == .transactionalID ? target : "open"
    let producer = fixture.furnishedProducer(transactionalID)
    switch api {
    case .addPartitionsToTxn:
      return rule.kind == .cluster
        ? try await addPartitionsAsBroker(names, of: producer, in: fixture)
        : try await addPartitions(names, of: producer, in: fixture)
    case .addOffsetsToTxn:
      let group = rule.kind == .group ? target : "open"
      return Reaction(whole: try await fixture.addOffsets(of: group, by: producer))
    case .endTxn:
      let response = try await fixture.endTxn(producer, isCommit: false, version: 5)
      #expect((response.producerID == -1) == (response.errorCode != .none))
      return Reaction(whole: response.errorCode)
    case .txnOffsetCommit: return try await commit(names, of: producer, in: fixture)
    case .writeTxnMarkers: return try await writeMarkers(names, of: producer, in: fixture)
    case .describeTransactions:
      let response = try await fixture.send(
        DescribeTransactionsRequest.with { $0.transactionalIDs = names })
      guard rule.kind == .topic else {
        return Reaction(response.transactionStates.map { ($0.transactionalID, $0.errorCode) })
      }
      return Reaction(response.transactionStates[0].topics.map { ($0.topic, .none) })
    default:
      let response = try await fixture.send(ListTransactionsRequest())
      return Reaction(response.transactionStates.map { ($0.transactionalID, response.errorCode) })
    }
  }

  private func addPartitions(
    _ names: [String], of producer: TestProducer, in fixture: BrokerFixture
  ) async throws -> Reaction {
    let request = AddPartitionsToTxnRequest.with {
      $0.transactionalID = producer.transactionalID
      $0.producerID = producer.id
      $0.producerEpoch = producer.epoch
      $0.topics = names.map { name in .with { ($0.name, $0.partitions) = (name, [0]) } }
    }
    let response = try await fixture.send(request, version: 3)
    return Reaction(
      response.results.flatMap { topic in topic.partitions.map { (topic.name, $0.errorCode) } })
  }

  private func addPartitionsAsBroker(
    _ names: [String], of producer: TestProducer, in fixture: BrokerFixture
  ) async throws -> Reaction {
    let request = AddPartitionsToTxnRequest.with {
      $0.transactions = [
        .with {
          $0.transactionalID = producer.transactionalID
          $0.producerID = producer.id
          $0.producerEpoch = producer.epoch
          $0.topics = names.map { name in .with { ($0.name, $0.partitions) = (name, [0]) } }
        }
      ]
    }
    let response = try await fixture.send(request)
    #expect(response.resultsByTransaction.isEmpty == (response.errorCode != .none))
    return Reaction(whole: response.errorCode)
  }

  private func commit(
    _ names: [String], of producer: TestProducer, in fixture: BrokerFixture
  ) async throws -> Reaction {
    let request = TxnOffsetCommitRequest.with {
      $0.transactionalID = producer.transactionalID
      $0.groupID = rule.kind == .group ? names[1] : "open"
      $0.producerID = producer.id
      $0.producerEpoch = producer.epoch
      $0.topics = (rule.kind == .topic ? names : ["open"]).map { name in
        .with {
          $0.name = name
          $0.partitions = [.with { $0.committedOffset = 7 }]
        }
      }
    }
    let response = try await fixture.send(request, version: 5)
    return Reaction(
      response.topics.flatMap { topic in topic.partitions.map { (topic.name, $0.errorCode) } })
  }

  private func writeMarkers(
    _ names: [String], of producer: TestProducer, in fixture: BrokerFixture
  ) async throws -> Reaction {
    let request = WriteTxnMarkersRequest.with {
      $0.markers = [
        .with {
          $0.producerID = producer.id
          $0.producerEpoch = producer.epoch
          $0.topics = names.map { name in .with { ($0.name, $0.partitionIndexes) = (name, [0]) } }
        }
      ]
    }
    let response = try await fixture.send(request)
    return Reaction(
      response.markers.flatMap(\.topics).flatMap { topic in
        topic.partitions.map { (topic.name, $0.errorCode) }
      })
  }
}

extension BrokerFixture {
  /// Two transactional ids: the transaction of one is ongoing, in both topics.
  func furnishTransactions() async throws {
    for id in ["open", "secret"] {
      let producer = try await producer(id, .first)
      producers.withLock { $0[id] = producer }
    }
    for name in ["open", "secret"] {
      let topic = try #require(storage.catalog()[name])
      #expect(try await add([0], of: topic, by: furnishedProducer("open")) == [.none])
    }
  }

  /// One that does not exist if there is none of the id.
  func furnishedProducer(_ transactionalID: String) -> TestProducer {
    producers.current[transactionalID] ?? TestProducer(transactionalID, .first, id: 999, epoch: 0)
  }
}
