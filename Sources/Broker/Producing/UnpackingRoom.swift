import Threads

/// Memory for what batches unpack to, from before they are unpacked until they are written. Whoever
/// finds no room waits for it; nothing is refused for want of it.
final class UnpackingRoom: Sendable {
  let capacity: Int
  private let taken = Monitor(0)

  init(capacity: Int) { self.capacity = capacity }

  var takenBytes: Int { taken.withLock { $0 } }

  /// What is larger than the room gets it when nobody else has any.
  func tryTake(_ bytes: Int) -> Bool {
    taken.withLock { taken in
      guard taken == 0 || taken + bytes <= capacity else { return false }
      taken += bytes
      return true
    }
  }

  /// Waits until there is room.
  func take(_ bytes: Int) {
    taken.wait { taken -> Void? in
      guard taken == 0 || taken + bytes <= capacity else { return nil }
      taken += bytes
      return ()
    }
  }

  /// What is here already is counted whether there is room for it or not.
  func note(_ bytes: Int) { taken.withLock { $0 += bytes } }

  func giveBack(_ bytes: Int) {
    if bytes == 0 { return }
    taken.update { $0 -= bytes }
  }
}
