import Glibc

/// A system call on a socket that failed.
package struct SocketError: Error, Equatable, Sendable {
  /// As in `errno`.
  package let code: Int32

  package init(code: Int32) { self.code = code }

  static var current: SocketError { SocketError(code: errno) }
}

extension SocketError: CustomStringConvertible {
  /// The words an operator knows: `Address already in use`, as the system says it.
  package var description: String {
    guard let text = strerror(code) else { return "error \(code)" }
    return String(cString: text)
  }
}
