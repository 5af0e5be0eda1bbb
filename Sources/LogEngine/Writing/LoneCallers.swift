/// Who brings a request may do the writer's work itself, on its own thread, if nobody else has anything to write:
/// handing a request to the writer's thread and its answer back takes two wake-ups, which is much of the time that
/// one small commit takes.
package struct WriterLending: Sendable {
  /// What a request may weigh: who does it does nothing else meanwhile.
  package var maxWeight = 16 << 10
  /// So many requests in a row must have come alone before.
  package var requestsBefore = 16

  package init() {}

  package static var none: WriterLending {
    var lending = WriterLending()
    lending.maxWeight = -1
    return lending
  }
}

/// Judges by what came before whether the next request will be alone as well. Several who come at once are served
/// faster by the writer's thread, which takes what all of them have brought in one turn while their threads read
/// what comes next.
struct LoneCallers {
  let lending: WriterLending
  private var inARow = 0
  /// When the last loan ended, monotonic microseconds.
  private var lastEnd = Int64.min / 2

  /// What comes sooner after a loan was waiting for its end already, in a socket of the same thread.
  private static var pause: Int64 { 40 }

  init(_ lending: WriterLending) { self.lending = lending }

  /// A request has come: true if the writer may be lent for it.
  mutating func take(isAlone: Bool, at time: Int64) -> Bool {
    guard isAlone, time - lastEnd >= Self.pause || lending.requestsBefore == 0 else {
      inARow = 0
      return false
    }
    if inARow >= lending.requestsBefore { return true }
    inARow += 1
    return false
  }

  mutating func loanEnded(at time: Int64) { lastEnd = time }
}
