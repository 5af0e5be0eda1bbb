/// Lets so many lines through each second and counts the others.
struct LogRate {
  enum Verdict: Equatable {
    case write
    case suppress
  }

  private let linesPerSecond: Int
  private var windowStart: Int64 = .min
  private var lines = 0
  private var suppressed = 0

  init(linesPerSecond: Int) {
    self.linesPerSecond = linesPerSecond
  }

  mutating func admit(at nowMilliseconds: Int64) -> Verdict {
    if windowStart == .min || nowMilliseconds - windowStart >= 1_000 {
      windowStart = nowMilliseconds
      lines = 0
    }
    guard lines < linesPerSecond else {
      suppressed += 1
      return .suppress
    }
    lines += 1
    return .write
  }

  /// How many lines were withheld in a window that has ended; zero if it has not, or none were.
  mutating func takeSuppressed(at nowMilliseconds: Int64) -> Int {
    guard suppressed > 0, nowMilliseconds - windowStart >= 1_000 else { return 0 }
    defer { suppressed = 0 }
    return suppressed
  }
}
