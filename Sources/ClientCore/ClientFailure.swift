// What a client of Kafka decides, as values: where partitions are, which versions are spoken, what goes into the
// next request and what becomes of its answer. Events in, requests and results out; no sockets, no clock, no
// randomness but what it is given. `ActaClient` lends it those.

package import ActaModel

/// Why something that a client was asked for did not come to be.
package struct ClientFailure: Error, Equatable, Sendable {
  package enum Reason: Equatable, Sendable {
    /// The broker's answer.
    case refused(ErrorCode)
    /// No connection, or one that ended before the answer; whether the broker has done it is not known.
    case disconnected
    case timedOut
    /// The broker does not speak a version of the API that this client knows.
    case unsupportedVersion
    /// The broker's answer makes no sense.
    case malformedAnswer
    /// The record is larger than what may be sent.
    case recordTooLarge
    /// `buffer.memory` is used up, and stayed so for `max.block.ms`.
    case bufferFull
    /// The log is another at the position than the one that was read (KIP-320).
    case logTruncated
    /// A partition, a topic's name or another argument that cannot be meant.
    case invalidArgument
    /// What was asked for goes with partitions, or a subscription, that the consumer does not have.
    case notAssigned
    /// Client and broker do not accept each other: certificates, or credentials that the broker does not have either.
    case notAuthenticated
    /// The program has aborted the transaction that it was part of.
    case transactionAborted
    /// The client has been closed, or stopped before this was done.
    case closed
    /// Nobody runs the client.
    case notRunning
    /// The task that waited was cancelled; whether the broker has done it is not known.
    case cancelled
  }

  package let reason: Reason
  /// For people: what was tried, with which result, and what to do if there is something to do.
  package internal(set) var sentence: String
  /// What the broker says beside its code; of what is no broker's doing, what Java's clients say, where that is
  /// known.
  package var message: String?
  package var topic: String?
  package var partition: Int32?
  package var node: Int32?
  /// Whether the client is of no further use by what it was doing, whatever the reason.
  private(set) var endsClient = false

  package init(
    _ reason: Reason, _ sentence: String, topic: String? = nil, partition: Int32? = nil,
    node: Int32? = nil
  ) {
    self.reason = reason
    self.sentence = sentence
    self.topic = topic
    self.partition = partition
    self.node = node
  }

  /// A code of the broker's, about a partition or about nothing in particular.
  package init(
    _ code: ErrorCode, message: String? = nil, topic: String? = nil, partition: Int32? = nil
  ) {
    let place = topic.map { topic in partition.map { "\(topic)-\($0)" } ?? topic }
    let sentence = [place.map { "\($0): \(code)" } ?? "\(code)", message].compactMap(\.self)
      .joined(separator: ": ")
    self.init(.refused(code), sentence, topic: topic, partition: partition)
  }

  /// A code of the broker's about something that has a name, with the broker's own words.
  package init(
    _ code: ErrorCode, saying message: String?, of name: String, topic: String? = nil,
    partition: Int32? = nil
  ) {
    let message = message.flatMap { $0.isEmpty ? nil : $0 }
    self.init(
      .refused(code), ["\(name): \(code)", message].compactMap(\.self).joined(separator: ": "),
      topic: topic, partition: partition)
    self.message = message
  }

  /// The same as a broker's doing, unless it is known to be another's, or nobody's but the client's.
  package func at(_ node: Int32?) -> ClientFailure {
    var failure = self
    switch reason {
    case .refused, .disconnected, .timedOut, .unsupportedVersion, .malformedAnswer,
      .notAuthenticated:
      failure.node = self.node ?? node
    default: break
    }
    return failure
  }

  /// Whether the same may succeed a little later.
  package var isRetriable: Bool {
    if endsClient { return false }
    return switch reason {
    case .refused(let code): code.isRetriable
    case .disconnected, .timedOut, .bufferFull: true
    case .unsupportedVersion, .malformedAnswer, .recordTooLarge, .logTruncated, .invalidArgument,
      .notAssigned, .notAuthenticated, .transactionAborted, .closed, .notRunning, .cancelled:
      false
    }
  }

  /// Whether the client that says so is of no further use.
  package var isFatal: Bool {
    switch reason {
    case .refused(let code):
      endsClient || code == .producerFenced || code == .fencedInstanceID || isAuthenticationFailure
    case .closed, .notAuthenticated: true
    default: endsClient
    }
  }

  /// The same, of a client that can do nothing more.
  func endingClient() -> ClientFailure {
    var failure = self
    failure.endsClient = true
    return failure
  }

  /// Whether client and broker do not accept each other.
  package var isAuthenticationFailure: Bool {
    switch reason {
    case .notAuthenticated: true
    case .refused(let code):
      code == .saslAuthenticationFailed || code == .unsupportedSaslMechanism
        || code == .illegalSaslState
    default: false
    }
  }
}

extension ClientFailure: CustomStringConvertible {
  package var description: String { sentence }
}
