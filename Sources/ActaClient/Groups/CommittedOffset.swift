/// A position of a group in a partition.
public struct OffsetAndMetadata: Hashable, Sendable {
  /// Of the next record to be read.
  public var offset: Int64
  /// Of the leader that took the record before it; `nil` where that is not known.
  public var leaderEpoch: Int32?
  /// Whatever the application likes to keep with it.
  public var metadata: String

  /// A position before the record of this offset.
  public init(_ offset: Int64, leaderEpoch: Int32? = nil, metadata: String = "") {
    self.offset = offset
    self.leaderEpoch = leaderEpoch
    self.metadata = metadata
  }
}
