import KafkaWire

/// A broker, as clients reach it.
public struct Node: Hashable, Sendable {
  /// `node.id`
  public let id: Int32
  /// A name or an address, as the broker advertises it.
  public let host: String
  /// As the broker advertises it.
  public let port: Int32
  /// `nil` where it is in none, or that is not told.
  public let rack: String?
  /// Whether the cluster keeps clients away from it.
  public let isFenced: Bool
}

extension Node: CustomStringConvertible {
  public var description: String { "\(host):\(port) (id: \(id))" }
}

extension Node {
  init(_ broker: MetadataResponse.Broker) {
    id = broker.nodeID
    host = broker.host
    port = broker.port
    rack = broker.rack
    isFenced = false
  }

  init(_ broker: DescribeClusterResponse.Broker) {
    id = broker.brokerID
    host = broker.host
    port = broker.port
    rack = broker.rack
    isFenced = broker.isFenced
  }
}
