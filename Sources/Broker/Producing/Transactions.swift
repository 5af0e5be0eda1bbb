import ActaModel

extension Broker {
  /// Transactions are not offered, and whoever names a transactional id is told so at once by
  /// TRANSACTIONAL_ID_AUTHORIZATION_FAILED: of the codes that FindCoordinator, InitProducerId and Produce
  /// may answer it is the one that every client takes for final. After others some try again until their
  /// time is up, an hour or for ever.
  func refusalOfTransactions(_ id: String?, _ context: RequestContext) -> ProtocolError {
    let session = context.session
    let name = id.map { "transactional.id '\($0.prefix(100))'" } ?? "a transactional batch"
    remark(
      "\(session.api) of client '\(session.clientID.prefix(100))' (\(session.clientAddress)) with \(name) was"
        + " refused: this broker does not offer transactions. A producer without transactional.id is"
        + " idempotent as well.",
      at: context.connection.executor.nowMilliseconds)
    return ProtocolError(
      .transactionalIDAuthorizationFailed,
      "This broker does not offer transactions, so \(name) is refused.")
  }
}
