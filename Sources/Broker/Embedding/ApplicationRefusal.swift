package import ActaModel
package import LogStorage

/// Why a transaction of a program that has the broker in it does not do what it was asked.
package enum ApplicationRefusal: Error, Hashable, Sendable {
  /// As a client would be told.
  case refused(ErrorCode, String)
  case unknownTopic(String)
  case sql(SQLRefusal)
  case tooLong(String)
  /// The storage took nothing of it, whatever it was.
  case storage(ErrorCode, String)
  /// It was asked when it had ended.
  case ended
  case closed

  init(_ error: ProtocolError) {
    self = .refused(error.code, error.message ?? String(describing: error.code))
  }

  init(storage error: StorageError) {
    if error == .closed {
      self = .closed
    } else {
      let told = ProtocolError(error, about: "the transaction")
      self = .storage(told.code, told.message ?? String(describing: error))
    }
  }
}
