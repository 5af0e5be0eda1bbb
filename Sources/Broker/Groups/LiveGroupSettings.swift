import Coordination
import KafkaConfig
import Synchronization

/// What the configuration says about groups now, and what groups have of their own, worked out once for
/// each version of it: every turn of the coordinator asks.
final class LiveGroupSettings: Sendable {
  private struct Known {
    var version: UInt64 = 0
    var runtimeVersion: UInt64 = 0
    var settings = GroupSettings()
  }

  private let config: LiveConfig
  private let runtime: RuntimeConfig
  private let known = Mutex(Known())

  init(_ config: LiveConfig, _ runtime: RuntimeConfig) {
    self.config = config
    self.runtime = runtime
  }

  var current: GroupSettings {
    let snapshot = config.snapshot
    let groups = runtime.groups
    return known.withLock { known in
      if known.version != snapshot.version || known.runtimeVersion != groups.version {
        known.version = snapshot.version
        known.runtimeVersion = groups.version
        known.settings = GroupSettings(snapshot.config.groups)
        known.settings.ownSettings = groups.own
      }
      return known.settings
    }
  }
}
