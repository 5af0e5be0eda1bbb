import Broker
import BrokerServer
package import Bytes
package import Transport

extension ActaNode {
  /// A connection to the node from this program. Any number may be open at a time; each waits for
  /// itself only.
  ///
  /// - Throws: `Connection.Closed` once the node stops.
  public func connect() throws(Connection.Closed) -> Connection {
    guard let local = parts.connections.connect() else {
      throw Connection.Closed(reason: "the node has stopped")
    }
    return Connection(local)
  }

  /// The same for a client of ours, on its own loop: what it asks is dealt with there. To be called on the loop.
  ///
  /// - Throws: `Connection.Closed` once the node stops.
  package func connect(on loop: EventLoop) throws(Connection.Closed) -> ResidentConnection {
    guard let local = parts.connections.connect(on: loop) else {
      throw Connection.Closed(reason: "the node has stopped")
    }
    return ResidentConnection(local)
  }

  /// A connection on its client's loop, which alone touches it.
  package final class ResidentConnection {
    private let local: LoopConnection

    init(_ local: LoopConnection) { self.local = local }

    /// `answered` is called once, in the order of the calls, on the loop as long as that runs, and perhaps before this
    /// returns.
    package func send(
      _ frame: ByteSlice,
      answered: @escaping @Sendable (Result<BytePieces?, Connection.Closed>) -> Void
    ) {
      local.send(frame) { answered(Connection.answer($0)) }
    }

    package func close() { local.close() }
  }

  /// What a socket's client has, without the socket: requests in Kafka's own frames, dealt with in their
  /// order. The node knows its client by the address "in process".
  ///
  /// As over a socket, a request waits for those before it (except that Produce requests run side by
  /// side): whoever polls for records uses a connection for that. It is closed when it is let go of.
  ///
  /// Cost: two hops between threads and a copy of each frame, and no system call. What is produced is
  /// checked as anybody else's is.
  public final class Connection: Sendable {
    /// There is no answer, and will be none on this connection.
    public struct Closed: Error, Hashable, Sendable, CustomStringConvertible {
      /// Why, for people.
      public let reason: String
      /// The reason.
      public var description: String { reason }
    }

    private let local: LocalConnection

    init(_ local: LocalConnection) { self.local = local }

    /// Sends a request and waits for its response, both without their size prefix.
    ///
    /// Requests are sent in the order of the calls. A task that is cancelled meanwhile still waits: what
    /// was sent is sent.
    ///
    /// - Returns: `nil` for a request that wants no answer (Produce with `acks=0`), when it has been
    ///   dealt with.
    /// - Throws: `Closed` when the node stops, after `close()`, and for a frame that is not a request
    ///   which this node serves, which ends the connection.
    public func send(_ frame: [UInt8]) async throws(Closed) -> [UInt8]? {
      try await send(ByteSlice(frame)).map { response in
        Array([UInt8](response).dropFirst(MemoryLayout<Int32>.size))
      }
    }

    /// The same without copies; the response has its size prefix.
    package func send(_ frame: ByteSlice) async throws(Closed) -> BytePieces? {
      let answer = await withCheckedContinuation { continuation in
        send(frame) { continuation.resume(returning: $0) }
      }
      return try answer.get()
    }

    /// The same for who cannot wait; `answered` is called once, on any thread, in the order of the calls.
    package func send(
      _ frame: ByteSlice, answered: @escaping @Sendable (Result<BytePieces?, Closed>) -> Void
    ) {
      local.send(frame) { answered(Self.answer($0)) }
    }

    fileprivate static func answer(_ reply: Reply) -> Result<BytePieces?, Closed> {
      switch reply {
      case .frame(let response): .success(response)
      case .none: .success(nil)
      case .close(let reason): .failure(Closed(reason: reason))
      }
    }

    /// Ends the connection; whoever waits on it is told.
    public func close() { local.close() }
  }
}
