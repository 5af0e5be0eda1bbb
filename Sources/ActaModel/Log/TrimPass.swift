/// One deletion from a log's start, which many turns may share: what a group loses by it is told once.
package struct TrimPass: Hashable, Sendable {
  package let author: TrimAuthor
  /// Where the log started before its first slice.
  package let logStartOffset: Offset

  package init(author: TrimAuthor, logStartOffset: Offset) {
    self.author = author
    self.logStartOffset = logStartOffset
  }
}
