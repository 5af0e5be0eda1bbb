package import ActaModel

/// Finds the markers of a compacted log that tell nobody anything any more: those of transactions of which no
/// record is left. A producer's last marker stays, for who looks at the log by itself.
///
/// It is shown the clean part of a log, batch after batch from its start.
package struct UselessMarkers: Sendable {
  /// Producers of whose present transaction there are records.
  private var alive: Set<ProducerID> = []
  /// Each producer's last marker, if it is of no use.
  private var candidates: [ProducerID: BatchSummary] = [:]

  package init() {}

  /// Returns the marker that may go, now that its producer has written something behind it.
  package mutating func pass(_ batch: BatchSummary) -> BatchSummary? {
    guard let producer = batch.transactionOf else { return nil }
    let useless = candidates.removeValue(forKey: producer)
    if batch.isMarker {
      if alive.remove(producer) == nil { candidates[producer] = batch }
    } else if batch.recordCount > 0 {
      alive.insert(producer)
    }
    return useless
  }
}
