import ActaModel
import Coordination
import KafkaWire
import LogStorage

/// InitProducerId, versions 0–5: who a producer is (KafkaWire/PROTOCOL.md §15). Without a transactional id a
/// producer id that was never given before; with one the id's own, in an epoch that fences whoever had it
/// before, whose transaction is aborted in the same turn. So CONCURRENT_TRANSACTIONS is never answered.
///
/// Rights: WRITE of the transactional id; without one IDEMPOTENT_WRITE of the cluster, or WRITE of
/// whatever topic.
///
/// - v3: a producer that goes on after an error says who it has been. v4: PRODUCER_FENCED, which before is
///   INVALID_PRODUCER_EPOCH.
struct InitProducerIdHandler: Handler {
  let broker: Broker

  func handle(
    _ request: InitProducerIdRequest, _ context: RequestContext,
    respond: @escaping @Sendable (Outcome<InitProducerIdResponse>) -> Void
  ) {
    do throws(ProtocolError) {
      try Self.check(request, context.session)
    } catch {
      return respond(.response(InitProducerIdResponse(.failure(error))))
    }
    if let transactionalID = request.transactionalID {
      initialize(transactionalID, request) { result in
        let result = result.mapError {
          ProtocolError(
            $0.code.toCoordinatorsClient(version: context.version, fencedSince: 4), $0.message)
        }
        respond(.response(InitProducerIdResponse(result)))
      }
    } else {
      broker.storage.allocateProducerID { result in
        let result = result.map { ProducerClaim(id: $0, epoch: 0) }
          .mapError { ProtocolError($0, about: "producer id") }
        respond(.response(InitProducerIdResponse(result)))
      }
    }
  }

  private static func check(
    _ request: InitProducerIdRequest, _ session: Session
  ) throws(ProtocolError) {
    if let id = request.transactionalID {
      try session.require(.write, .transactionalID(id))
    } else if !session.authorizeQuietly(.idempotentWrite, .cluster) {
      try session.require(.write, any: .topic)
    }
    // Both name the producer that goes on, or neither does.
    guard (request.producerID == -1) == (request.producerEpoch == -1) else {
      throw ProtocolError(.invalidRequest)
    }
  }

  private func initialize(
    _ transactionalID: String, _ request: InitProducerIdRequest,
    completion: @escaping @Sendable (Checked<ProducerClaim>) -> Void
  ) {
    let claim =
      request.producerID == -1
      ? nil : ProducerClaim(id: ProducerID(request.producerID), epoch: request.producerEpoch)
    broker.transactions.perform(
      { coordinator, turn, rows in
        let isNew = coordinator[transactionalID] == nil
        return try coordinator.initialize(
          transactionalID, timeoutMilliseconds: request.transactionTimeoutMilliseconds,
          claim: claim, &turn
        ) {
          if isNew, let objection = rows.objectionToMore {
            let error = ProtocolError(coordinating: objection, about: "the transactional id")
            throw TransactionRefusal(error.code)
          }
          return try rows.allocateProducerID()
        }
      }, completion: completion)
  }
}

extension InitProducerIdResponse {
  fileprivate init(_ result: Checked<ProducerClaim>) {
    self.init()
    switch result {
    case .success(let producer):
      producerID = producer.id.value
      producerEpoch = producer.epoch
    case .failure(let error):
      errorCode = error.code
      producerID = -1
      producerEpoch = -1
    }
  }
}
