import CUV
import Glibc
import Threads

/// Why no connection came to be: each address that was tried, and what became of it.
package struct ConnectError: Error, Equatable, Sendable {
  package enum Reason: Equatable, Sendable {
    case refused(SocketError)
    case timedOut(milliseconds: Int64)
  }

  package struct Attempt: Equatable, Sendable {
    package let address: SocketAddress
    package let reason: Reason
  }

  package let host: String
  package let port: UInt16
  /// Empty when the name could not be resolved, or not in time.
  package let attempts: [Attempt]
  /// The time given, when it ran out.
  package let timedOutMilliseconds: Int64?
}

extension ConnectError: CustomStringConvertible {
  package var description: String {
    let target = "Cannot connect to \(host):\(port): "
    if attempts.isEmpty {
      return target
        + (timedOutMilliseconds.map { "the name was not resolved within \($0) ms" }
          ?? "the name cannot be resolved")
    }
    let reasons = attempts.map { attempt in
      switch attempt.reason {
      case .refused(let error): "\(attempt.address): \(error)"
      case .timedOut(let milliseconds): "\(attempt.address): no answer within \(milliseconds) ms"
      }
    }
    return target + reasons.joined(separator: "; ")
  }
}

/// Connects to a host, address by address, within a time limit for all of them. Only the loop's thread
/// touches it.
package final class ConnectAttempt: LoopResident {
  private enum Progress {
    case resolving
    case connecting(Descriptor, SocketAddress)
    case over
  }

  private let loop: EventLoop
  private let host: String
  private let port: UInt16
  private let limitMilliseconds: Int64
  private let completion: (Result<Descriptor, ConnectError>) -> Void
  private var progress = Progress.resolving
  private var left: ArraySlice<SocketAddress> = []
  private var failed: [ConnectError.Attempt] = []
  private var poll: UVHandle<uv_poll_t, ConnectAttempt>?
  private var timer: LoopTimer?

  /// Begins at once, on the loop's thread.
  ///
  /// Names are resolved on a thread of their own, because the C library does that waiting.
  /// - Parameter completion: Called once, on the loop, later than this returns; not after `cancel`, nor
  ///   when the loop stops.
  package init(
    to host: String, port: UInt16, withinMilliseconds limit: Int64, on loop: EventLoop,
    completion: @escaping (Result<Descriptor, ConnectError>) -> Void
  ) {
    self.loop = loop
    self.host = host
    self.port = port
    limitMilliseconds = limit
    self.completion = completion
    super.init()
    // The timer keeps the attempt alive until it is over.
    timer = loop.schedule(afterMilliseconds: limit) { self.timedOut() }
    resolve()
  }

  private func resolve() {
    let (host, port) = (host, port)
    let (loop, attempt) = (LoopReference(loop), LoopBound(self))
    let numbers = SocketAddress.resolve(host, port: port, onlyNumbers: true)
    if !numbers.isEmpty { return loop.execute { attempt.value.resolved(numbers) } }
    WorkerThread.detached(name: "resolve") {
      let addresses = SocketAddress.resolve(host, port: port)
      loop.execute { attempt.value.resolved(addresses) }
    }
  }

  private func resolved(_ addresses: [SocketAddress]) {
    guard case .resolving = progress else { return }
    left = addresses[...]
    tryNext()
  }

  private func tryNext() {
    guard let address = left.popFirst() else { return fail(timedOut: false) }
    do throws(SocketError) {
      try begin(address)
    } catch {
      failed.append(.init(address: address, reason: .refused(error)))
      tryNext()
    }
  }

  private func begin(_ address: SocketAddress) throws(SocketError) {
    let descriptor = try Descriptor.socket(family: address.family)
    let number = descriptor.number
    let result = address.withSockaddr { connect(number, $0, $1) }
    guard result == 0 || errno == EINPROGRESS || errno == EINTR else { throw .current }
    progress = .connecting(descriptor, address)
    // Writable is what a socket becomes when it is connected, and also when it could not be.
    let uv = loop.uv
    let poll = UVHandle(owner: self) { uv_poll_init(uv, $0, number) }
    uvCheck(
      uv_poll_start(poll.raw, PollEvents.writable) { handle, _, _ in
        resident(of: handle, as: ConnectAttempt.self).settled()
      })
    self.poll = poll
  }

  private func settled() {
    guard case .connecting(let descriptor, let address) = progress else { return }
    unwatch()
    var code: Int32 = 0
    var size = socklen_t(MemoryLayout<Int32>.size)
    if getsockopt(descriptor.number, SOL_SOCKET, SO_ERROR, &code, &size) != 0 { code = errno }
    guard code == 0 else {
      descriptor.close()
      failed.append(.init(address: address, reason: .refused(SocketError(code: code))))
      return tryNext()
    }
    end()
    completion(.success(descriptor))
  }

  private func timedOut() {
    if case .connecting(let descriptor, let address) = progress {
      unwatch()
      descriptor.close()
      failed.append(.init(address: address, reason: .timedOut(milliseconds: limitMilliseconds)))
    }
    fail(timedOut: true)
  }

  private func fail(timedOut: Bool) {
    end()
    completion(
      .failure(
        ConnectError(
          host: host, port: port, attempts: failed,
          timedOutMilliseconds: timedOut ? limitMilliseconds : nil)))
  }

  /// The completion is not called any more.
  package func cancel() {
    if case .connecting(let descriptor, _) = progress {
      unwatch()
      descriptor.close()
    }
    end()
  }

  private func end() {
    progress = .over
    timer?.cancel()
    timer = nil
  }

  private func unwatch() {
    poll?.close()
    poll = nil
  }

  override func loopStops() { cancel() }
}
