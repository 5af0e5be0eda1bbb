import Counters
import Glibc
import Synchronization
import Threads
import Transport

/// Accepts for one listener: binds its address, and makes connections of what comes in there.
struct Acceptor: Sendable {
  private let configuration: ListenerConfiguration
  private let services: ServerServices
  private let loops: [ConnectionLoopReference]

  init(
    _ configuration: ListenerConfiguration, services: ServerServices,
    loops: [ConnectionLoopReference]
  ) {
    self.configuration = configuration
    self.services = services
    self.loops = loops
  }

  func bind() throws(ServerError) -> (ListeningSocket, BoundListener) {
    guard let port = UInt16(exactly: configuration.port) else {
      throw failure("the port is not between 0 and 65535")
    }
    let socket = try bind(to: addresses(port))
    return (
      socket,
      BoundListener(name: configuration.name, host: host, port: Int(socket.address.port))
    )
  }

  private var host: String { configuration.host.isEmpty ? "0.0.0.0" : configuration.host }

  /// An IPv6 socket on all interfaces serves IPv4 too. Where there is no IPv6, IPv4 must do.
  private func addresses(_ port: UInt16) -> [SocketAddress] {
    if configuration.host.isEmpty {
      return [16, 4].map { SocketAddress(ip: [UInt8](repeating: 0, count: $0), port: port) }
    }
    return Array(SocketAddress.resolve(configuration.host, port: port).prefix(1))
  }

  private func bind(to addresses: [SocketAddress]) throws(ServerError) -> ListeningSocket {
    for (index, address) in addresses.enumerated() {
      do throws(SocketError) {
        return try ListeningSocket(address, options: services.configuration.socketOptions)
      } catch {
        let mayTryNext = error.meansNoSuchAddress && index + 1 < addresses.count
        if !mayTryNext { throw failure("\(error)") }
      }
    }
    throw failure("Unresolved address")
  }

  private func failure(_ reason: String) -> ServerError {
    .bindFailed(host: host, port: configuration.port, reason: reason)
  }

  // MARK: Accepting

  /// To be called on the loop that accepts; connections go to all loops in turn.
  func listen(on socket: ListeningSocket, loop: ConnectionLoop) {
    var turn = 0
    let listener = SocketListener(
      socket, on: loop.eventLoop,
      accepted: { descriptor, address in
        accepted(descriptor, ClientAddress(address), loop: loops[turn])
        turn = (turn + 1) % loops.count
      },
      turnedAway: { error in
        services.counters.refusedBySystem.add()
        services.log.cannotAccept(
          configuration.name, reason: "\(error)", at: Clock.monotonicMilliseconds())
      })
    loop.add(listener)
  }

  private func accepted(
    _ descriptor: Descriptor, _ address: ClientAddress, loop: ConnectionLoopReference
  ) {
    switch services.registry.admit(address) {
    case .failure(let refusal):
      services.counters.refusedByLimit.add()
      services.log.refused(
        address.text, listener: configuration.name, reason: refusal.description,
        at: Clock.monotonicMilliseconds())
      descriptor.close()
    case .success(let id):
      loop.execute { loop in
        ConnectionHandler(
          descriptor, id: id, listenerName: configuration.name, address: address, loop: loop,
          services: services
        ).open()
      }
    }
  }
}

extension SocketError {
  /// The system has no such kind of address, as it has no IPv6 where that is switched off.
  fileprivate var meansNoSuchAddress: Bool { code == EAFNOSUPPORT || code == EADDRNOTAVAIL }
}
