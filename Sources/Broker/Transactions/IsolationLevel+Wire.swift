import ActaModel

extension IsolationLevel {
  /// As Fetch and ListOffsets say it.
  init(wire level: Int8) { self = level == 1 ? .readCommitted : .readUncommitted }
}
