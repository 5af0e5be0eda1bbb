/// Through what records go before their time, and by whom: what those are told who have not read them.
package struct TrimAuthor: Hashable, Sendable {
  /// As the table of losses names it.
  package enum Cause: String, Sendable {
    case retention
    case deleteRecords = "DeleteRecords"
  }

  package let cause: Cause
  /// `nil` when it is the broker's own doing.
  package let clientID: String?
  package let clientHost: String?
  package let attribution: Attribution

  package static let retention = TrimAuthor(cause: .retention)

  package init(
    cause: Cause, clientID: String? = nil, clientHost: String? = nil,
    attribution: Attribution = Attribution()
  ) {
    self.cause = cause
    self.clientID = clientID
    self.clientHost = clientHost
    self.attribution = attribution
  }
}
