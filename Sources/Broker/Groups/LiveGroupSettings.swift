import Coordination
import KafkaConfig
import Synchronization

/// What the configuration says about groups now, worked out once for each version of it: every turn of
/// the coordinator asks.
final class LiveGroupSettings: Sendable {
  private let config: LiveConfig
  private let known: Mutex<(version: UInt64, settings: GroupSettings)>

  init(_ config: LiveConfig) {
    self.config = config
    let snapshot = config.snapshot
    known = Mutex((snapshot.version, GroupSettings(snapshot.config.groups)))
  }

  var current: GroupSettings {
    let snapshot = config.snapshot
    return known.withLock { known in
      if known.version != snapshot.version {
        known = (snapshot.version, GroupSettings(snapshot.config.groups))
      }
      return known.settings
    }
  }
}
