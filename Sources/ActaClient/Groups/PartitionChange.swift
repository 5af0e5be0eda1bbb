import ClientCore

/// A change of a member's partitions that its program is to be told of.
enum PartitionChange: Sendable {
  case assign([CorePartition])
  case revoke([CorePartition])
  case lose([CorePartition])
}

extension PartitionChange {
  /// For the log.
  var sentence: String {
    let (verb, partitions) =
      switch self {
      case .assign(let partitions): ("Assigned", partitions)
      case .revoke(let partitions): ("Revoked", partitions)
      case .lose(let partitions): ("Lost", partitions)
      }
    let names = partitions.map(\.description).joined(separator: ", ")
    return "\(verb): \(names.isEmpty ? "no partition" : names)."
  }
}
