/// One thing that was looked at, and what to do about it.
package struct Advice: Equatable, Sendable {
  package enum Level: String, Sendable {
    case ok
    /// Worth knowing.
    case note
    /// It will not work, or not for long.
    case problem
  }

  package let level: Level
  package let subject: String
  /// One sentence or two.
  package let sentence: String

  package init(_ level: Level, _ subject: String, _ sentence: String) {
    self.level = level
    self.subject = subject
    self.sentence = sentence
  }
}
