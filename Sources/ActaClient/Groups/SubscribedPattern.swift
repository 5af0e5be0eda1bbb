import ClientCore
import NamePatterns

/// A pattern that the client itself holds against the names of topics.
final class SubscribedPattern {
  private let pattern: NamePattern

  /// `nil` if it is none.
  init?(_ text: String) {
    guard let pattern = NamePattern(text) else { return nil }
    self.pattern = pattern
  }

  /// Those that match and are not kept by the broker for itself.
  func topics(in view: ClusterView) -> Set<String> {
    Set(view.topics.lazy.filter { !$0.value.isInternal && self.pattern.matches($0.key) }.map(\.key))
  }
}
