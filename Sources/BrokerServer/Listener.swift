import Glibc
import NIOCore
import NIOPosix

/// Binds one address and makes connections of what comes in there.
struct Listener {
  /// What a refused client's channel fails with, so that it is closed.
  private struct Refused: Error {}

  private let configuration: ListenerConfiguration
  private let services: ServerServices
  private let loops: [NIOLoopBound<ConnectionLoop>]

  init(
    _ configuration: ListenerConfiguration, services: ServerServices,
    loops: [NIOLoopBound<ConnectionLoop>]
  ) {
    self.configuration = configuration
    self.services = services
    self.loops = loops
  }

  func bind(on group: MultiThreadedEventLoopGroup) throws(ServerError) -> (
    any Channel, BoundListener
  ) {
    do {
      let channel = try bindChannel(bootstrap(on: group))
      let port = channel.localAddress?.port ?? configuration.port
      return (channel, BoundListener(name: configuration.name, host: host, port: port))
    } catch {
      throw .bindFailed(host: host, port: configuration.port, reason: Self.reason(of: error))
    }
  }

  private var host: String { configuration.host.isEmpty ? "0.0.0.0" : configuration.host }

  /// An IPv6 socket on all interfaces serves IPv4 too. Where there is no IPv6, IPv4 must do.
  private func bindChannel(_ bootstrap: ServerBootstrap) throws -> any Channel {
    guard configuration.host.isEmpty else {
      return try bootstrap.bind(host: configuration.host, port: configuration.port).wait()
    }
    do {
      return try bootstrap.bind(host: "::", port: configuration.port).wait()
    } catch let error as IOError where Self.meansNoIPv6(error.errnoCode) {
      return try bootstrap.bind(host: "0.0.0.0", port: configuration.port).wait()
    }
  }

  private func bootstrap(on group: MultiThreadedEventLoopGroup) -> ServerBootstrap {
    let settings = services.configuration
    var bootstrap = ServerBootstrap(group: group)
      .serverChannelOption(.backlog, value: settings.backlog)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
      .childChannelOption(.socketOption(.so_keepalive), value: 1)
      .childChannelOption(.allowRemoteHalfClosure, value: true)
      .childChannelOption(.maxMessagesPerRead, value: 1)
      .childChannelOption(
        .writeBufferWaterMark,
        value: .init(
          low: settings.connectionLimits.unsentBytes / 4,
          high: settings.connectionLimits.unsentBytes)
      )
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture { try accept(channel) }
      }
    // Accepted sockets inherit these, and the receive buffer must be set before the handshake.
    if settings.socketReceiveBufferBytes > 0 {
      bootstrap = bootstrap.serverChannelOption(
        .socketOption(.so_rcvbuf), value: SocketOptionValue(settings.socketReceiveBufferBytes))
    }
    if settings.socketSendBufferBytes > 0 {
      bootstrap = bootstrap.serverChannelOption(
        .socketOption(.so_sndbuf), value: SocketOptionValue(settings.socketSendBufferBytes))
    }
    return bootstrap
  }

  private func accept(_ channel: any Channel) throws {
    guard let address = ClientAddress(channel.remoteAddress),
      let loop = loops.first(where: { $0.eventLoop === channel.eventLoop })?.value
    else { throw Refused() }
    switch services.registry.admit(address) {
    case .failure(let refusal):
      services.counters.refused.add(1, ordering: .relaxed)
      services.log.refused(
        address.text, listener: configuration.name, reason: refusal.description,
        at: loop.mailbox.nowMilliseconds)
      throw Refused()
    case .success(let id):
      let receiveBuffer = NIOLoopBound(loop.receiveBuffer, eventLoop: loop.eventLoop)
      try channel.syncOptions?.setOption(
        .recvAllocator, value: SharedReceiveAllocator(receiveBuffer))
      try channel.pipeline.syncOperations.addHandler(
        ConnectionHandler(
          id: id, listenerName: configuration.name, address: address, loop: loop,
          services: services))
    }
  }

  private static func meansNoIPv6(_ code: CInt) -> Bool {
    code == EAFNOSUPPORT || code == EADDRNOTAVAIL
  }

  /// The words an operator knows: `Address already in use`, as the system says it.
  private static func reason(of error: any Error) -> String {
    switch error {
    case let error as IOError:
      if let text = strerror(error.errnoCode) { String(cString: text) } else { "\(error)" }
    case is SocketAddressError.UnknownHost, SocketAddressError.unknown: "Unresolved address"
    default: "\(error)"
    }
  }
}
