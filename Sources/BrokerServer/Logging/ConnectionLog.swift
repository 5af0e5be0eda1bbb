import Broker
import Logging
import Synchronization

/// One line for each connection that ended badly, at a rate that no peer can turn into a full disk. A
/// client that is closed for the same reason again and again is worth a line a minute.
final class ConnectionLog: Sendable {
  private let logger: Logger
  private let rate = Mutex(LogRate(linesPerSecond: 10))
  private let repetitions = Mutex(Repetitions())

  init(_ logger: Logger) {
    self.logger = logger
  }

  func closed(_ clientAddress: String, listener: String, reason: String, at now: Int64) {
    let line =
      "Closed connection from \(clientAddress) on \(listener): \(ClientText.escaped(reason))"
    guard let withheld = repetitions.withLock({ $0.admit(line, at: now) }) else { return }
    write(line + Repetitions.suffix(withheld), now)
  }

  func refused(_ clientAddress: String, listener: String, reason: String, at now: Int64) {
    write("Refused connection from \(clientAddress) on \(listener): \(reason)", now)
  }

  /// The process has no descriptor left, or the system none.
  func cannotAccept(_ listener: String, reason: String, at now: Int64) {
    write("Cannot accept a connection on \(listener): \(reason)", now)
  }

  /// Reports lines withheld; to be called now and then.
  func reportSuppressed(at now: Int64) {
    let count = rate.withLock { $0.takeSuppressed(at: now) }
    if count > 0 { logger.warning("\(count) more connections were closed or refused") }
  }

  private func write(_ line: @autoclosure () -> String, _ now: Int64) {
    reportSuppressed(at: now)
    guard rate.withLock({ $0.admit(at: now) }) == .write else { return }
    let text = line()
    logger.warning("\(text)")
  }
}
