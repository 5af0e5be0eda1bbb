/// How long to wait before the next attempt: twice as long after each, up to a limit, and a fifth more or
/// less, so that clients which failed together do not come back together (KIP-144, KIP-580).
package struct Backoff: Equatable, Sendable {
  package let firstMilliseconds: Int64
  package let lastMilliseconds: Int64

  /// More than anybody waits, and a number that a moment can be added to.
  private static let mostMilliseconds = 0x1p53

  package init(firstMilliseconds: Int64, lastMilliseconds: Int64) {
    self.firstMilliseconds = max(0, firstMilliseconds)
    self.lastMilliseconds = max(self.firstMilliseconds, lastMilliseconds)
  }

  /// - Parameters:
  ///   - failures: Attempts that have failed one after the other; from 1.
  ///   - chance: From 0 up to 1, drawn at random.
  package func milliseconds(after failures: Int, chance: Double) -> Int64 {
    let doublings = min(max(failures, 1) - 1, 30)
    let (grown, isBeyond) = firstMilliseconds.multipliedReportingOverflow(by: 1 << doublings)
    let wanted = isBeyond ? lastMilliseconds : min(grown, lastMilliseconds)
    return Int64(min(Double(wanted) * (0.8 + 0.4 * chance), Self.mostMilliseconds))
  }
}
