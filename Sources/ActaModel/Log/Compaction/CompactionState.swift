/// How far a partition is clean.
package struct CompactionState: Equatable, Sendable {
  /// Below it no key has two records, and the newest of each is in the index.
  package var firstDirtyOffset: Offset
  /// What the index has, entries that lead nowhere included.
  package var keyCount: Int64

  package init(firstDirtyOffset: Offset, keyCount: Int64 = 0) {
    self.firstDirtyOffset = firstDirtyOffset
    self.keyCount = keyCount
  }
}
