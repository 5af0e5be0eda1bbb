import CGlibc
import CUV
import Glibc

/// Accepts connections on one loop and gives them away.
///
/// When the process has no descriptor left, who comes is closed at once, with one that is kept in
/// reserve for that; where not even this works, accepting pauses for a moment. So no client waits for an
/// answer that cannot come, and nothing spins.
package final class SocketListener: LoopResident {
  /// Connections accepted in one go. Other sockets wait meanwhile.
  private static let acceptsPerEvent = 64
  private static let pauseMilliseconds: Int64 = 100

  private let loop: EventLoop
  private var socket: Descriptor
  private let accepted: (Descriptor, SocketAddress) -> Void
  private let turnedAway: (SocketError) -> Void
  private var reserve: Descriptor?
  private var poll: UVHandle<uv_poll_t, SocketListener>?
  private var pause: LoopTimer?

  /// To be made on the loop's thread. It keeps itself alive until it is closed.
  /// - Parameters:
  ///   - accepted: Takes over a connection, with the address of its peer.
  ///   - turnedAway: Told of each connection that was closed because descriptors had run out, and of
  ///     each pause of accepting.
  package init(
    _ socket: ListeningSocket, on loop: EventLoop,
    accepted: @escaping (Descriptor, SocketAddress) -> Void,
    turnedAway: @escaping (SocketError) -> Void
  ) {
    self.loop = loop
    self.socket = socket.descriptor
    self.accepted = accepted
    self.turnedAway = turnedAway
    super.init()
    reserve = Self.openReserve()
    watch()
  }

  private func watch() {
    let (uv, number) = (loop.uv, socket.number)
    let poll = UVHandle(owner: self) { uv_poll_init(uv, $0, number) }
    uvCheck(
      uv_poll_start(poll.raw, PollEvents.readable) { handle, _, _ in
        resident(of: handle, as: SocketListener.self).accept()
      })
    self.poll = poll
  }

  private func accept() {
    for _ in 0..<Self.acceptsPerEvent where poll != nil {
      do throws(SocketError) {
        let (connection, address) = try acceptOne()
        // A peer of another family is none that could have connected here.
        if let address { accepted(connection, address) }
      } catch {
        if !goesOn(after: error) { return }
      }
    }
  }

  private func acceptOne() throws(SocketError) -> (Descriptor, SocketAddress?) {
    var number: Int32 = -1
    let address = SocketAddress.filled { address, length in
      number = accept4(socket.number, address, length, Descriptor.socketFlags)
      return number
    }
    guard number >= 0 else { throw .current }
    return (Descriptor(number), address)
  }

  /// Whether there may be more to accept at once. What is not known here, and what concerns the
  /// network and not us (accept(2) names a dozen), leads to a pause, so that it cannot lead to a spin.
  private func goesOn(after error: SocketError) -> Bool {
    switch error.code {
    case EAGAIN: return false
    case EINTR, ECONNABORTED: return true
    case EMFILE, ENFILE:
      switch turnOneAway() {
      case .closed:
        turnedAway(error)
        return true
      case .nobodyThere: return false
      case .noReserve: break
      }
    default: break
    }
    turnedAway(error)
    pauseAccepting()
    return false
  }

  private enum TurnedAway {
    case closed
    /// The system looks for a descriptor before it looks for a connection.
    case nobodyThere
    /// There was no reserve, or another thread has taken its place.
    case noReserve
  }

  /// Gives the reserve up for the connection that waits, if one does, and closes that.
  private func turnOneAway() -> TurnedAway {
    if reserve == nil { reserve = Self.openReserve() }
    guard let reserve else { return .noReserve }
    reserve.close()
    self.reserve = nil
    defer { self.reserve = Self.openReserve() }
    do throws(SocketError) {
      _ = try acceptOne()
      return .closed
    } catch {
      return error.code == EAGAIN ? .nobodyThere : .noReserve
    }
  }

  private func pauseAccepting() {
    poll?.close()
    poll = nil
    // The timer keeps the listener alive meanwhile, as its handle does otherwise.
    pause = loop.schedule(afterMilliseconds: Self.pauseMilliseconds) { self.resume() }
  }

  private func resume() {
    pause = nil
    if reserve == nil { reserve = Self.openReserve() }
    watch()
  }

  /// Connections that wait to be accepted are refused by the system.
  package func close() {
    poll?.close()
    poll = nil
    pause?.cancel()
    pause = nil
    socket.close()
    reserve?.close()
  }

  override func loopStops() { close() }

  private static func openReserve() -> Descriptor? {
    let number = open("/dev/null", O_RDONLY | O_CLOEXEC)
    return number < 0 ? nil : Descriptor(number)
  }
}
