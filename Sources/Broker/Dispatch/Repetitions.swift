/// Which sentences are worth saying now: the same one is said once a minute, however often there is
/// reason to.
package struct Repetitions: Sendable {
  private struct Entry {
    var saidAt: Int64
    var withheld = 0
  }

  private static let intervalMilliseconds: Int64 = 60_000
  /// Peers choose what sentences say, and so how many there are.
  private static let maximumCount = 1_000

  private var entries: [String: Entry] = [:]

  package init() {}

  /// How many times the sentence has been withheld since it was last said; `nil` if it is to be
  /// withheld now.
  package mutating func admit(_ sentence: String, at nowMilliseconds: Int64) -> Int? {
    if let entry = entries[sentence], !Self.isOver(entry, nowMilliseconds) {
      entries[sentence]?.withheld += 1
      return nil
    }
    let withheld = entries[sentence]?.withheld ?? 0
    guard makeRoom(at: nowMilliseconds) || entries[sentence] != nil else { return nil }
    entries[sentence] = Entry(saidAt: nowMilliseconds)
    return withheld
  }

  /// For the end of the sentence.
  package static func suffix(_ withheld: Int) -> String {
    withheld == 0 ? "" : " (and \(withheld) more times since this was last said)"
  }

  private mutating func makeRoom(at now: Int64) -> Bool {
    guard entries.count >= Self.maximumCount else { return true }
    entries = entries.filter { !Self.isOver($0.value, now) }
    return entries.count < Self.maximumCount
  }

  private static func isOver(_ entry: Entry, _ now: Int64) -> Bool {
    now - entry.saidAt >= intervalMilliseconds
  }
}
