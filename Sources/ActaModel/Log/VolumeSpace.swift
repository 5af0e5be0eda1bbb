/// Room on the volume that holds the database, in bytes.
package struct VolumeSpace: Sendable, Equatable {
  package let total: Int64
  /// What this process may still write.
  package let usable: Int64

  package init(total: Int64, usable: Int64) {
    self.total = total
    self.usable = usable
  }
}
