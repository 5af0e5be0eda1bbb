import ActaModel
import LogStorage

/// An item of a request, or why it was refused before the storage saw it.
typealias Checked<Item> = Result<Item, ProtocolError>

extension Array {
  /// Puts the storage's results, one for each item that passed its check, back among those that did
  /// not: one answer for each item of the request, in its order.
  ///
  /// - Parameter subject: What an error is about, for its sentence: `orders`, `orders-0`.
  func settled<Item, Value>(
    with results: [Result<Value, StorageError>], about subject: (Item) -> String
  ) -> [Checked<Value>] where Element == Checked<Item> {
    var next = results.makeIterator()
    return map { check in
      check.flatMap { item in
        guard let result = next.next() else {
          return .failure(ProtocolError(.unknownServerError, "The storage gave no answer."))
        }
        return result.mapError { ProtocolError($0, about: subject(item)) }
      }
    }
  }
}
