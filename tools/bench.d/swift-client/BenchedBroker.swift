import ActaClient
import ActaEmbedded
import ActaNode

/// Whom the client is measured at: `HOST:PORT`, or a node in this process, in memory or in a file, asked without a
/// socket (`memory`, `file:PATH`) or over loopback (`memory+tcp`, `file+tcp:PATH`).
struct BenchedBroker {
  private let address: String
  /// `nil` for a broker elsewhere.
  private let acta: Acta?
  private let isOverTCP: Bool

  init(_ text: String) throws {
    let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
    let place: ActaNode.Location? =
      switch parts[0] {
      case "memory", "memory+tcp": .memory
      case "file", "file+tcp": parts.count > 1 ? .file(parts[1]) : nil
      default: nil
      }
    isOverTCP = parts[0].hasSuffix("+tcp")
    guard let place else {
      (address, acta) = (text, nil)
      return
    }
    let node = try ActaNode(
      place,
      settings: [
        "listeners": "PLAINTEXT://127.0.0.1:0", "num.partitions": "8",
        "group.initial.rebalance.delay.ms": "0",
      ], listening: isOverTCP)
    address = "127.0.0.1:\(node.ports.values.first ?? 0)"
    acta = Acta(node)
  }

  func producer(_ configuration: ProducerConfiguration) throws -> Producer<[UInt8], [UInt8]> {
    var configuration = configuration
    if let acta, !isOverTCP {
      return try acta.producer(configuration, key: BytesSerializer(), value: BytesSerializer())
    }
    configuration.bootstrapServers = [address]
    let producer = try Producer(configuration, key: BytesSerializer(), value: BytesSerializer())
    try producer.start()
    return producer
  }

  func consumer(_ configuration: ConsumerConfiguration) throws -> Consumer<[UInt8], [UInt8]> {
    var configuration = configuration
    if let acta, !isOverTCP {
      return try acta.consumer(configuration, key: BytesDeserializer(), value: BytesDeserializer())
    }
    configuration.bootstrapServers = [address]
    let consumer = try Consumer(configuration, key: BytesDeserializer(), value: BytesDeserializer())
    try consumer.start()
    return consumer
  }

  /// Gives a broker of this process records of 100 bytes.
  func fill(_ topic: String, _ count: Int) async throws {
    guard acta != nil else { return }
    let producer = try producer(ProducerConfiguration())
    let payload = Payload(valueBytes: 100)
    for n in 0..<count {
      try await producer.enqueue(
        ProducerRecord(topic: topic, key: payload.key(n), value: payload.value(n)))
    }
    await producer.close()
  }

  func shutdown() async throws { try await acta?.shutdown() }
}
