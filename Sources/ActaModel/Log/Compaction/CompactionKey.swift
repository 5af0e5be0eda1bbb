/// Where the newest record of a key may be: a guess, which the record itself confirms. Keys of the same
/// hash have an entry each; the record may be gone.
package struct CompactionKey: Hashable, Sendable {
  package let hash: Int64
  package let offset: Offset
  /// The record is a tombstone, which may go at this time (epoch milliseconds).
  package let deleteAt: Int64?

  package init(hash: Int64, offset: Offset, deleteAt: Int64? = nil) {
    self.hash = hash
    self.offset = offset
    self.deleteAt = deleteAt
  }
}
