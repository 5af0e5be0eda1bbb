/// How long a commit may stay without a sync that nobody waits for: until so much time has passed since it, or
/// until so much has been committed. That is what a loss of power takes at most of what acks=1 was told, beside
/// what is being synced at the moment.
package struct SyncPatience: Sendable {
  package var milliseconds: Int64 = 5
  package var bytes = 256 << 10

  package init() {}

  /// Every commit is synced as soon as the one before it is.
  package static var none: SyncPatience {
    var patience = SyncPatience()
    patience.bytes = 0
    return patience
  }
}
