import Synchronization

/// What stands in for UUIDs, so that transcripts are the same each time: `id-1`, `id-2`, …
final class CountingIDs: Sendable {
  private let last = Mutex(0)

  func next() -> String {
    last.withLock { last in
      last += 1
      return "id-\(last)"
    }
  }
}
