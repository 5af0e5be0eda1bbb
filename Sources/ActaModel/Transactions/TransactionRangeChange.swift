/// What a turn has changed of the transactions that a partition remembers. Of those that were committed
/// nothing is kept.
package enum TransactionRangeChange: Equatable, Sendable {
  case opened(ProducerID, firstOffset: Offset)
  case committed(ProducerID, firstOffset: Offset)
  case aborted(AbortedRange)

  package var firstOffset: Offset {
    switch self {
    case .opened(_, let offset), .committed(_, let offset): offset
    case .aborted(let range): range.firstOffset
    }
  }
}
