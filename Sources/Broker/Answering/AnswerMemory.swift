/// The memory that the transport has for answers: those on their way to clients, and those that are
/// being made. Asked from any thread, often.
package protocol AnswerMemory: Sendable {
  /// What all answers together should take.
  var limitBytes: Int { get }
  /// What is left of it; negative when answers take more.
  var roomBytes: Int { get }
  /// Counts an answer that is to be made, until it counts by itself; negative gives back.
  func reserve(_ bytes: Int)
  /// Calls the observer of releases once, when answers take less than now. What has been released
  /// before this returns may go unnoticed.
  func awaitRelease()
  /// Set before there are answers. It is called on any thread and must not block.
  func observeReleases(_ observer: @escaping @Sendable () -> Void)
}

/// Where nothing counts answers: a broker without a transport of its own.
struct UnboundedMemory: AnswerMemory {
  let limitBytes = Int.max
  let roomBytes = Int.max
  func reserve(_ bytes: Int) {}
  func awaitRelease() {}
  func observeReleases(_ observer: @escaping @Sendable () -> Void) {}
}
