import LogStorage
import SQLite

extension StoreError {
  /// What a failure inside the tables means to a log.
  init(_ error: any Error) {
    switch error {
    case let error as StoreError: self = error
    case let error as SQLiteError: self.init(error)
    default: self = .device(String(describing: error))
    }
  }

  init(_ error: SQLiteError) {
    let text = error.description
    if error.isFull {
      self = .full(text)
    } else if error.isBusy {
      self = .busy(text)
    } else if error.isStorageFailure {
      self = .device(text)
    } else {
      self = .refused(text)
    }
  }
}

/// Gives what `body` throws the meaning that it has to a log.
func translated<R>(_ body: () throws -> R) throws(StoreError) -> R {
  do {
    return try body()
  } catch {
    throw StoreError(error)
  }
}
