package import ActaModel

/// Why a database refused or failed. All but the last two concern what was being written and nothing else;
/// after the last two nothing that this process knows of the log can be trusted.
package enum StoreError: Error, Equatable, Sendable {
  /// Rows that the database did not take as they are: a constraint, a trigger or an index of an
  /// application's, a table that was changed.
  case refused(String)
  /// Where a batch was to go, rows stand that no log has written, up to this offset.
  case occupied(through: Offset)
  /// Another process holds the right to write, and has for as long as one waits.
  case busy(String)
  /// There is no room: definitely not stored.
  case full(String)
  /// A row that no log has written, of those that are kept in memory: table, row and value.
  case unreadable(String)
  /// The same of a row that was read for one request, which it costs.
  case damaged(String)
  /// The disk, or the database itself: an I/O error, corruption, a commit whose outcome is not known,
  /// another server that has taken the log over.
  case device(String)

  /// Whether the log stops.
  package var isFinal: Bool {
    switch self {
    case .refused, .occupied, .busy, .full, .damaged: false
    case .unreadable, .device: true
    }
  }
}

extension StoreError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .refused(let text), .busy(let text), .full(let text), .unreadable(let text),
      .damaged(let text), .device(let text):
      text
    case .occupied(let last): "rows up to \(last) are not the log's"
    }
  }
}
