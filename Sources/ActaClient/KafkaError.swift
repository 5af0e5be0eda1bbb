// Kafka for Swift: producers that talk to Apache Kafka, to Acta and to what speaks like them over TCP, or to an
// Acta in the same process. What a client decides is in `ClientCore`; here are its connections, its thread, and
// what a program sees of it.

import ActaModel
import ClientCore

/// Why something that a client was asked for did not come to be.
public struct KafkaError: Error, Hashable, Sendable {
  /// Kafka's error code, if it was the broker that refused.
  public let code: Int16?
  /// Whether the same may succeed a little later.
  public let isRetriable: Bool
  /// Whether the client that says so is of no further use: it is closed, or another one has taken its place.
  public let isFatal: Bool
  public let topic: String?
  public let partition: Int32?
  /// The broker's id.
  public let broker: Int32?
  /// The broker's own words beside its code, where it has any.
  public let message: String?
  /// What was tried, with which result, and what to do if there is something to do.
  public let description: String

  init(_ failure: ClientFailure) {
    if case .refused(let code) = failure.reason {
      self.code = code.rawValue
    } else {
      code = nil
    }
    isRetriable = failure.isRetriable
    isFatal = failure.isFatal
    topic = failure.topic
    partition = failure.partition
    broker = failure.node
    message = failure.message
    description = failure.sentence
  }
}

extension KafkaError: CustomStringConvertible {}

extension KafkaError {
  /// What `ClientCore` says, as the program sees it.
  static func translating<R>(_ body: () throws(ClientFailure) -> R) throws(KafkaError) -> R {
    do throws(ClientFailure) {
      return try body()
    } catch {
      throw KafkaError(error)
    }
  }
}
