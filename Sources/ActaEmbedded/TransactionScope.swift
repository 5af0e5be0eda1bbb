import ActaNode
import Synchronization

/// Tells whether a call comes from inside of a transaction's closure: a task that the closure makes inherits it.
final class TransactionScope: Sendable {
  @TaskLocal private static var current: TransactionScope?

  private let node: ObjectIdentifier
  private let isRunning = Atomic(false)

  init(_ node: ActaNode) { self.node = ObjectIdentifier(node) }

  /// A task may outlive the transaction that it was made in.
  static func isInside(of node: ActaNode) -> Bool {
    guard let current, current.node == ObjectIdentifier(node) else { return false }
    return current.isRunning.load(ordering: .acquiring)
  }

  func run<R>(_ body: () throws -> R) rethrows -> R {
    isRunning.store(true, ordering: .releasing)
    defer { isRunning.store(false, ordering: .releasing) }
    return try Self.$current.withValue(self, operation: body)
  }
}
