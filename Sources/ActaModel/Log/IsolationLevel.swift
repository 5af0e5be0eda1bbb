/// How much a reader is given of what transactions have written.
package enum IsolationLevel: Sendable {
  /// Everything, up to the high watermark.
  case readUncommitted
  /// What lies before the first transaction that is still open, up to the last stable offset. Records of
  /// transactions that were aborted are given, too, with a list of these: who reads leaves them out.
  case readCommitted
}
