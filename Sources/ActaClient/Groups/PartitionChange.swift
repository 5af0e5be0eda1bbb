import ClientCore

/// A change of a member's partitions that its program is to be told of.
enum PartitionChange: Sendable {
  case assign([CorePartition])
  case revoke([CorePartition])
  case lose([CorePartition])
}
