import CUV
import Glibc

/// A file descriptor that is closed with its last owner.
///
/// `@unchecked Sendable`: `number` changes once, when its only owner takes or closes it.
package final class Descriptor: @unchecked Sendable {
  /// -1 once it is closed.
  private(set) var number: Int32

  package init(_ number: Int32) {
    precondition(number >= 0, "no descriptor")
    self.number = number
  }

  deinit { close() }

  package func close() {
    guard number >= 0 else { return }
    // Linux has closed it whatever is returned, EINTR included.
    _ = Glibc.close(number)
    number = -1
  }
}

extension Descriptor {
  /// As `writev`, but a peer that is gone is an error and never a signal: what the process does about
  /// SIGPIPE is not ours to say.
  func send(_ vectors: UnsafeBufferPointer<iovec>) -> Int {
    var message = msghdr()
    message.msg_iov = UnsafeMutablePointer(mutating: vectors.baseAddress)
    message.msg_iovlen = vectors.count
    return sendmsg(number, &message, Int32(MSG_NOSIGNAL))
  }

  static let stream = Int32(SOCK_STREAM.rawValue)
  /// Sockets are never waited for, and no child process inherits one.
  static let socketFlags = Int32(SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)

  /// A new socket of TCP.
  static func socket(family: Int32) throws(SocketError) -> Descriptor {
    let number = Glibc.socket(family, stream | socketFlags, 0)
    guard number >= 0 else { throw .current }
    return Descriptor(number)
  }
}
