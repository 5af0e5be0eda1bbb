// An Acta in this program, with clients that need no socket: for applications that keep their queue in a file of
// their own, and for tests of everything that uses Kafka.

public import ActaClient
public import ActaNode
import Bytes

/// A broker in this process, in a file or in memory, and clients to it.
///
/// ```swift
/// let acta = try Acta(.memory)
/// let producer = try acta.producer(key: StringSerializer(), value: StringSerializer())
/// let metadata = try await producer.send(ProducerRecord(topic: "orders", key: "alice", value: "paid"))
/// ```
///
/// The clients are those that talk to brokers over TCP, with the same semantics: only what carries their frames is
/// another. What is in the file is what a broker that listens would have put there; `sqlite3` reads it meanwhile.
public final class Acta: Sendable {
  /// Where the log is.
  public enum Location: Hashable, Sendable {
    /// The path of an SQLite file, which is made if it is not there. One program at a time has it open.
    case file(String)
    /// Gone with the broker.
    case memory
  }

  /// The broker itself.
  public let node: ActaNode

  /// Opens the log and serves this program, and nobody else.
  ///
  /// - Parameters:
  ///   - location: A file, made if it is not there, or memory.
  ///   - settings: What a `server.properties` of Kafka's would say, by key. Groups do not wait for more members to
  ///     come (`group.initial.rebalance.delay.ms` is 0) unless it says otherwise.
  /// - Throws: `ActaNode.Failure`
  public init(
    _ location: Location, settings: [String: String] = [:]
  ) throws(ActaNode.Failure) {
    let settings = ["group.initial.rebalance.delay.ms": "0"].merging(settings) { $1 }
    let place: ActaNode.Location =
      switch location {
      case .file(let path): .file(path)
      case .memory: .memory
      }
    node = try ActaNode(place, settings: settings)
  }

  /// The clients of a broker that runs in this program already, which may listen as well: others then see the same
  /// log over TCP.
  public init(_ node: ActaNode) { self.node = node }

  /// A producer that works.
  ///
  /// - Throws: `KafkaError` for a configuration that cannot be meant; its description names the setting.
  public func producer<Key, Value>(
    _ configuration: ProducerConfiguration = ProducerConfiguration(), key: some Serializer<Key>,
    value: some Serializer<Value>
  ) throws(KafkaError) -> Producer<Key, Value> {
    let producer = try Producer(configuration, key: key, value: value, over: link)
    try producer.start()
    return producer
  }

  /// A consumer that works.
  ///
  /// - Throws: `KafkaError` for a configuration that cannot be meant; its description names the setting.
  public func consumer<Key, Value>(
    _ configuration: ConsumerConfiguration = ConsumerConfiguration(), key: some Deserializer<Key>,
    value: some Deserializer<Value>
  ) throws(KafkaError) -> Consumer<Key, Value> {
    let consumer = try Consumer(configuration, key: key, value: value, over: link)
    try consumer.start()
    return consumer
  }

  /// A producer of records without keys, that works.
  ///
  /// - Throws: `KafkaError` for a configuration that cannot be meant; its description names the setting.
  public func producer<Value>(
    _ configuration: ProducerConfiguration = ProducerConfiguration(), value: some Serializer<Value>
  ) throws(KafkaError) -> Producer<Never, Value> {
    try producer(configuration, key: NoKeySerializer(), value: value)
  }

  /// A consumer that passes over keys, that works.
  ///
  /// - Throws: `KafkaError` for a configuration that cannot be meant; its description names the setting.
  public func consumer<Value>(
    _ configuration: ConsumerConfiguration = ConsumerConfiguration(),
    value: some Deserializer<Value>
  ) throws(KafkaError) -> Consumer<Never, Value> {
    try consumer(configuration, key: NoKeyDeserializer(), value: value)
  }

  /// An administrator that works.
  ///
  /// - Throws: `KafkaError` for a configuration that cannot be meant; its description names the setting.
  public func admin(
    _ configuration: AdminConfiguration = AdminConfiguration()
  ) throws(KafkaError) -> Admin {
    let admin = try Admin(configuration, over: link)
    try admin.start()
    return admin
  }

  private var link: LinkMaker {
    { [node] loop in LocalLink(to: node, on: loop) }
  }

  /// Stops the broker, with everything on disk. Clients are to be closed before.
  ///
  /// - Throws: `ActaNode.Failure.stopTimedOut`
  public func shutdown() async throws(ActaNode.Failure) { try await node.shutdown() }
}
