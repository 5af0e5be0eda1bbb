package import KafkaWire

/// Decides what clients may do. It is asked for every right that `AccessTable` names, on the thread
/// of the request, and must not wait for anything.
package protocol Authorizer: Sendable {
  func allows(_ question: AccessQuestion) -> Bool
}

/// May this principal do that?
package struct AccessQuestion: Sendable {
  package enum Subject: Hashable, Sendable {
    case one(Resource)
    /// Any resource of the kind will do ("may it write to any topic at all?").
    case any(Resource.Kind)
  }

  package let principal: Principal
  /// `/127.0.0.1`
  package let clientAddress: String
  package let api: APIKey
  package let operation: Operation
  package let subject: Subject
  /// A refusal only leaves something out, or another right is asked next: nothing to write down.
  package let isQuiet: Bool
}

/// As long as there are no access lists everybody may do everything.
package struct AllowAll: Authorizer {
  package init() {}
  package func allows(_ question: AccessQuestion) -> Bool { true }
}
