import Threads

/// When background work may change the schema: views and tables that are made or dropped.
///
/// After each change whoever prepares a statement, in this process or another, reads the whole schema anew: a
/// tenth of a second with ten thousand tables. SQLite gives up ("database schema has changed") when it never
/// stays the same for so long, so changes come together, with time in between.
final class SchemaPace {
  /// Milliseconds in which it stays.
  private static let interval: Int64 = 100
  /// How long a turn may go on changing it, microseconds.
  private static let turn: Int64 = 8_000

  /// Monotonic milliseconds.
  private var next: Int64 = 0

  var isDue: Bool { Clock.monotonicMilliseconds() >= next }

  /// It was changed, in a turn that began at this time; whether that turn may go on.
  func changed(sinceMicroseconds began: Int64) -> Bool {
    next = Clock.monotonicMilliseconds() + Self.interval
    return Clock.monotonicMicroseconds() - began < Self.turn
  }
}
