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
  /// Whether the client that says so is of no further use: it is closed, another one has taken its place, it and
  /// a broker do not accept each other, its node has stopped, or it is not known whether a transaction is committed.
  public let isFatal: Bool
  /// Whether client and broker do not accept each other: credentials that are refused (`code` is 58,
  /// SASL_AUTHENTICATION_FAILED, and `message` the broker's), a certificate that is not trusted or is for another
  /// host, one side that speaks TLS and another that does not.
  public let isAuthenticationFailure: Bool
  /// The topic that it is about; `nil` if none.
  public let topic: String?
  /// The partition that it is about; `nil` if none.
  public let partition: Int32?
  /// The id of the broker that has refused, or could not be reached; `nil` where it is none in particular, or its id is
  /// not known yet.
  public let broker: Int32?
  /// What Java's clients throw in its place, in full: `org.apache.kafka.common.errors.GroupIdNotFoundException`.
  public let exception: String
  /// What the exception says: the broker's own words, or Kafka's for its code; where no broker has refused anything,
  /// Java's words if this client has them, or the same as `description`.
  public let message: String
  /// What was tried, with which result, and what to do if there is something to do.
  public let description: String

  init(_ failure: ClientFailure) {
    var words = failure.sentence
    if case .refused(let code) = failure.reason {
      self.code = code.rawValue
      words = code.words
    } else {
      code = nil
    }
    isRetriable = failure.isRetriable
    isFatal = failure.isFatal
    isAuthenticationFailure = failure.isAuthenticationFailure
    topic = failure.topic
    partition = failure.partition
    broker = failure.node
    exception = failure.exception
    message = failure.message ?? words
    description = failure.sentence
  }
}

extension KafkaError: CustomStringConvertible {}

extension ClientFailure {
  /// Java's.
  fileprivate var exception: String {
    let errors = "org.apache.kafka.common.errors"
    return switch reason {
    case .refused(let code): code.exception
    case .disconnected: "\(errors).DisconnectException"
    case .timedOut: "\(errors).TimeoutException"
    case .unsupportedVersion: "\(errors).UnsupportedVersionException"
    case .malformedAnswer: "org.apache.kafka.common.protocol.types.SchemaException"
    case .recordTooLarge: "\(errors).RecordTooLargeException"
    case .bufferFull: "org.apache.kafka.clients.producer.BufferExhaustedException"
    case .logTruncated: "org.apache.kafka.clients.consumer.LogTruncationException"
    case .invalidArgument: "java.lang.IllegalArgumentException"
    case .notAuthenticated: "\(errors).AuthenticationException"
    case .transactionAborted: "\(errors).TransactionAbortedException"
    case .cancelled: "\(errors).InterruptException"
    case .closed, .notRunning, .notAssigned: "java.lang.IllegalStateException"
    }
  }
}

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
