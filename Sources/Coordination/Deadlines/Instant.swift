/// A moment on a clock that never jumps, in milliseconds. Coordinators are told what time it is;
/// they never look.
package struct Instant: Hashable, Comparable, Sendable {
  package let milliseconds: Int64

  package init(milliseconds: Int64) { self.milliseconds = milliseconds }

  package static func < (lhs: Self, rhs: Self) -> Bool { lhs.milliseconds < rhs.milliseconds }

  package static func + (instant: Self, milliseconds: Int64) -> Self {
    Instant(milliseconds: instant.milliseconds + milliseconds)
  }

  package static func + (instant: Self, milliseconds: Int32) -> Self {
    instant + Int64(milliseconds)
  }

  /// The earlier of two that may both be missing.
  package static func earlier(_ one: Self?, _ other: Self?) -> Self? {
    guard let one, let other else { return one ?? other }
    return min(one, other)
  }
}
