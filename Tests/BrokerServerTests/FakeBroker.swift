import Broker
import Bytes
import Foundation
import Synchronization

@testable import BrokerServer

/// A handler for which the first letter of a frame says what happens:
/// `e` is echoed at once, `p` (pipelined) and `w` wait until the test answers them,
/// `b` is answered with as many bytes as the rest of it says, `n` with nothing, `x` closes.
final class FakeBroker: RequestHandler {
  struct Request: Sendable {
    let text: String
    let connection: ConnectionContext
    let reply: @Sendable (Reply) -> Void

    func answer(_ text: String) { reply(.frame(BytePieces(RawClient.frame(text)))) }
  }

  let waiting = Arrivals<Request>()
  let closed = Arrivals<UInt64>()
  let handled = Atomic<Int>(0)

  func handle(
    _ frame: ByteSlice, on connection: ConnectionContext,
    reply: @escaping @Sendable (Reply) -> Void
  ) {
    handled.add(1, ordering: .relaxed)
    let text = String(decoding: [UInt8](frame), as: UTF8.self)
    switch frame.integer(as: UInt8.self) {
    case UInt8(ascii: "p"), UInt8(ascii: "w"):
      waiting.add(Request(text: text, connection: connection, reply: reply))
    case UInt8(ascii: "b"):
      let count = Int(String(text.dropFirst().prefix { $0.isNumber }))!
      var response = BytePieces(RawClient.prefix(count))
      response.append([UInt8](repeating: UInt8(ascii: "."), count: count)[...])
      reply(.frame(response))
    case UInt8(ascii: "n"): reply(.none)
    case UInt8(ascii: "x"): reply(.close(reason: text))
    default:
      var response = BytePieces(RawClient.prefix(frame.count))
      response.append(frame)
      reply(.frame(response))
    }
  }

  func isPipelined(_ frame: ByteSlice) -> Bool {
    frame.integer(as: UInt8.self) == UInt8(ascii: "p")
  }

  func connectionClosed(_ connection: ConnectionContext) { closed.add(connection.id) }
}

/// Values that arrive from other threads, to be waited for.
final class Arrivals<Value: Sendable>: Sendable {
  private struct Missing: Error, CustomStringConvertible { let description: String }

  private let condition = NSCondition()
  // Only touched with `condition` held.
  private nonisolated(unsafe) var values: [Value] = []

  func add(_ value: Value) {
    condition.lock()
    values.append(value)
    condition.broadcast()
    condition.unlock()
  }

  /// Takes the first `count` values, once there are so many.
  func take(_ count: Int) throws -> [Value] {
    condition.lock()
    defer { condition.unlock() }
    let deadline = Date(timeIntervalSinceNow: 10)
    while values.count < count {
      guard condition.wait(until: deadline) else {
        throw Missing(description: "\(values.count) of \(count) arrived in 10 s")
      }
    }
    defer { values.removeFirst(count) }
    return Array(values.prefix(count))
  }

  var isEmpty: Bool {
    condition.lock()
    defer { condition.unlock() }
    return values.isEmpty
  }
}
