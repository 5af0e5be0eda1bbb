import ActaClient
import ActaModel

/// A failure as Java's exceptions around one another tell it: which of them a tool catches decides what is said.
struct JavaFailure: Error {
  /// The class of what is at the bottom.
  let exception: String
  /// What it says.
  let message: String
  /// With its class before it, as a stack begins, and `addresses` behind it.
  let description: String
  /// What Java does not say: which were tried, and what became of them. Nothing for other errors.
  let addresses: String

  enum Wrapping {
    /// The exception itself.
    case none
    /// Caught where its future was asked for.
    case execution
    /// That one thrown on.
    case runtime
  }

  init(_ error: KafkaError, in wrapping: Wrapping = .none) {
    self.init(
      exception: error.exception, message: error.message,
      addresses: FailureText.addresses(error), in: wrapping)
  }

  /// With Kafka's words for the code, where Java's client does not look at what the broker says beside it.
  init(codeOf error: KafkaError) {
    let words = error.code.map { ErrorCode(rawValue: $0).words }
    self.init(exception: error.exception, message: words ?? error.message)
  }

  init(
    exception: String, message: String, addresses: String = "", in wrapping: Wrapping = .none
  ) {
    self.exception = exception
    self.addresses = addresses
    let cause = "\(exception): \(message)"
    let execution = "java.util.concurrent.ExecutionException: \(cause)"
    switch wrapping {
    case .none: (self.message, description) = (message, cause + addresses)
    case .execution: (self.message, description) = (cause, execution + addresses)
    case .runtime:
      self.message = execution
      description = "java.lang.RuntimeException: \(execution)\(addresses)"
    }
  }
}

extension JavaFailure.Wrapping {
  /// Tells of errors in this way.
  func telling<R>(_ body: () async throws -> R) async throws -> R {
    do {
      return try await body()
    } catch let error as KafkaError {
      throw JavaFailure(error, in: self)
    }
  }
}
