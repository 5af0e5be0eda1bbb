import Glibc
import Synchronization

/// A named thread that runs one function and can be joined, once. Let go of before that, it is nobody's: what the
/// system keeps of a thread goes when it ends.
///
/// `@unchecked Sendable`: the handle is written once, before anyone else has the object.
package final class WorkerThread: @unchecked Sendable {
  private var handle = pthread_t()
  private let isSettled = Atomic(false)

  private final class Start {
    let name: String
    let body: () -> Void

    init(name: String, body: @escaping () -> Void) {
      self.name = name
      self.body = body
    }
  }

  /// The kernel cuts names to 15 bytes. Everything that `body` captures moves to the new thread:
  /// the caller must not touch it again.
  package init(name: String, _ body: @escaping () -> Void) {
    let start = Unmanaged.passRetained(Start(name: name, body: body))
    let code = pthread_create(
      &handle, nil,
      { argument in
        let start = Unmanaged<Start>.fromOpaque(argument!).takeRetainedValue()
        WorkerThread.nameCurrent(start.name)
        start.body()
        return nil
      }, start.toOpaque())
    precondition(code == 0, "a thread could not be started: error \(code)")
  }

  /// For `top -H`, debuggers and profiles; nothing depends on it.
  private static func nameCurrent(_ name: String) {
    let descriptor = Glibc.open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    defer { Glibc.close(descriptor) }
    let bytes = Array(name.utf8)
    _ = Glibc.write(descriptor, bytes, bytes.count)
  }

  /// A thread that nobody waits for. It must end by itself.
  package static func detached(name: String, _ body: @escaping @Sendable () -> Void) {
    _ = WorkerThread(name: name, body)
  }

  /// Also of a thread whose last owner is dropped on itself, where nobody can join it.
  deinit {
    if !isSettled.load(ordering: .acquiring) { pthread_detach(handle) }
  }

  package func join() {
    isSettled.store(true, ordering: .releasing)
    pthread_join(handle, nil)
  }

  package var isCurrent: Bool { pthread_equal(handle, pthread_self()) != 0 }
}
