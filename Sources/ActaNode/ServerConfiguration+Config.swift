import BrokerServer
import KafkaConfig
import LogStorage

extension ServerConfiguration {
  /// What is bound to sockets and threads is read now, limits and the bound of the write queue each
  /// time.
  init(_ config: LiveConfig, storage: any LogStorage) {
    self.init(
      listeners: config.current.listeners.map {
        ListenerConfiguration(name: $0.name, host: $0.host, port: $0.port)
      })
    let connections = config.current.connections
    eventLoops = min(eventLoops, connections.networkThreads)
    socketSendBufferBytes = connections.sendBufferBytes
    socketReceiveBufferBytes = connections.receiveBufferBytes
    if let backlog = connections.backlog { self.backlog = Int32(clamping: backlog) }
    limits = { ServerLimits(config.current.connections) }
    isUnderPressure = { storage.queuedBytes > config.current.queueMaxBytes }
  }
}

extension ServerLimits {
  init(_ config: ConnectionConfig) {
    self.init()
    if let limit = config.maxConnections { maxConnections = limit }
    if let limit = config.maxConnectionsPerAddress { maxConnectionsPerAddress = limit }
    maxIdleMilliseconds = config.maxIdleMilliseconds
    maxRequestBytes = config.maxRequestBytes
  }
}
