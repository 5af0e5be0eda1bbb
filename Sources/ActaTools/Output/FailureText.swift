import ActaClient

/// Errors in the words that Kafka's tools have for them.
package enum FailureText {
  package static func of(_ error: any Error) -> String {
    (error as? KafkaError)?.message ?? "\(error)"
  }

  /// With Java's exception before it, as it stands in logs.
  package static func logged(_ error: any Error) -> String {
    if let error = error as? ClientSetupFailure { return error.logged }
    guard let error = error as? KafkaError else { return "\(error)" }
    return "\(error.exception): \(error.message)\(addresses(error))"
  }

  /// The sentence alone, where it is all that is said.
  package static func whole(_ error: any Error) -> String {
    of(error) + ((error as? KafkaError).map(addresses) ?? "")
  }

  /// Which were tried, and what became of them, in brackets; Java's message does not say that. Nothing for other errors.
  static func addresses(_ error: KafkaError) -> String {
    let isUnreached = error.message.hasPrefix("Timed out waiting for a node assignment.")
    return isUnreached && error.description != error.message ? " (\(error.description))" : ""
  }
}

extension Dictionary where Key: Comparable {
  /// What became of each thing, in the order of their names.
  ///
  /// - Throws: The error of the first that was refused.
  package func values<Success, Failure>() throws -> [Success]
  where Value == Result<Success, Failure> {
    try sorted { $0.key < $1.key }.map { try $0.value.get() }
  }
}
