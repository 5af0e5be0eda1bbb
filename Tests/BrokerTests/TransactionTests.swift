import ActaModel
import BatchCodec
import KafkaWire
import LogStorage
import Testing

@testable import Broker

@Suite("Transactions, which are not offered") struct TransactionTests {
  private let fixture: BrokerFixture

  init() throws { fixture = try BrokerFixture() }

  private func initProducer(_ id: String) async throws -> ErrorCode {
    let request = InitProducerIdRequest.with { $0.transactionalID = id }
    return try await fixture.send(request, clientID: "billing").errorCode
  }

  private func findCoordinator(_ id: String) async throws -> ErrorCode {
    let request = FindCoordinatorRequest.with {
      $0.keyType = 1
      $0.coordinatorKeys = [id]
    }
    return try await fixture.send(request, clientID: "billing").coordinators[0].errorCode
  }

  @Test("the log says why, once a minute for each client and request")
  func log() async throws {
    for _ in 0..<3 {
      #expect(try await findCoordinator("tx") == .transactionalIDAuthorizationFailed)
      #expect(try await initProducer("tx") == .transactionalIDAuthorizationFailed)
    }
    let said = fixture.warnings.current
    #expect(said.count == 2)
    #expect(
      said.last
        == "InitProducerId of client 'billing' (/127.0.0.1) with transactional.id 'tx' was refused:"
        + " this broker does not offer transactions. A producer without transactional.id is"
        + " idempotent as well.")
    fixture.executor.advance(milliseconds: 60_000)
    #expect(try await initProducer("tx") == .transactionalIDAuthorizationFailed)
    #expect(
      fixture.warnings.current.last?.hasSuffix("(and 2 more times since this was last said)")
        == true)
  }

  @Test("batches of a transaction are refused, with all of their request", arguments: [nil, "tx"])
  func produce(id: String?) async throws {
    let topic = try await fixture.createTopic("orders", partitions: 2)
    var batch = Batch.from(producer: 7, sequence: 0)
    var header = try #require(BatchHeader(parsing: batch))
    header.attributes.insert(.transactional)
    header.seal(&batch)
    var request = ProduceRequest.writing([(0, batch), (1, Batch.of("plain"))], to: topic)
    request.transactionalID = id
    let answers = try await fixture.send(request).responses.flatMap(\.partitionResponses)
    #expect(
      answers.map(\.errorCode)
        == [.transactionalIDAuthorizationFailed, .transactionalIDAuthorizationFailed])
    let subject = id.map { "transactional.id '\($0)'" } ?? "a transactional batch"
    #expect(
      answers.first?.errorMessage
        == "This broker does not offer transactions, so \(subject) is refused.")
    #expect(try await fixture.fetch(topic, partition: 1).values() == [])
  }
}
