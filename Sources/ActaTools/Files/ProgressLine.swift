import ActaCLI

/// One line on standard error that is written over again and again, on a terminal only.
package final class ProgressLine {
  private static let intervalMilliseconds: Int64 = 100

  private let console: Console
  private var shownAt: Int64 = 0
  private var isShown = false

  package init(_ console: Console) { self.console = console }

  /// - Throws: `CancellationError` once the tool is to end.
  package func show(_ text: @autoclosure () -> String) throws {
    try console.goOn()
    guard console.errors.isTerminal else { return }
    let now = LogOutput.now()
    guard now - shownAt >= Self.intervalMilliseconds else { return }
    shownAt = now
    isShown = true
    console.errors.write("\r\u{1b}[K" + String(text().prefix(max(1, console.columns - 1))))
  }

  /// `Copying 12 of 100 MB (12 %)`.
  package func show(_ verb: String, _ done: Int64, of total: Int64) throws {
    let share = total > 0 ? " (\(done * 100 / total) %)" : ""
    try show("\(verb) \(ByteCount.text(done)) of \(ByteCount.text(total))\(share)")
  }

  package func clear() {
    if isShown { console.errors.write("\r\u{1b}[K") }
    isShown = false
  }
}

/// How many bytes, for people.
package enum ByteCount {
  package static func text(_ bytes: Int64) -> String {
    switch bytes {
    case ..<10_000: "\(bytes) bytes"
    case ..<10_000_000: "\(bytes / 1_000) kB"
    case ..<10_000_000_000: "\(bytes / 1_000_000) MB"
    default: "\(bytes / 1_000_000_000) GB"
    }
  }
}

extension Console {
  /// - Throws: `CancellationError` when the tool is to end: a signal has come, or nobody reads any more.
  func goOn() throws {
    try Task.checkCancellation()
  }
}
