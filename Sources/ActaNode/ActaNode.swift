package import Counters
package import KafkaConfig
import LogEngine
import LogStorage
package import Logging

/// A Kafka broker in this process: its log in a file or in memory, with or without sockets.
///
/// Opened, it serves at once: programs over its sockets, if it listens, and this program through
/// `connect()`. Nothing of it is shared: any number of nodes run in one process without meeting, as
/// long as each has a file of its own. What is process-wide (signals, the allocator, where logs go) is
/// left to the program.
///
/// ```swift
/// let node = try ActaNode(.file("orders.db"), listening: true)
/// try await node.run()  // until the task is cancelled
/// ```
///
/// A node is to be stopped, by cancelling the task that runs it or with `shutdown()`: then everybody
/// has been answered and everything is on disk. One that is let go of without that is stopped there and
/// then, without waiting for who is being answered.
///
/// Cost: a thread that writes, one for timers and one that looks after memory; with a file one that syncs and `acta.reader.threads`
/// that read; up to three when it listens (`num.network.threads`), and one once it is asked in process.
/// The cache of batches takes up to `acta.tail.cache.bytes` of memory, 64 MiB unless that is set.
public final class ActaNode: Sendable {
  /// Where the log is.
  public enum Location: Hashable, Sendable {
    /// The path of an SQLite file, which is made if it is not there. One node at a time has it open.
    case file(String)
    /// Gone with the node.
    case memory
  }

  let parts: NodeParts

  /// Opens the log, brings it to the newest schema, and begins to serve.
  ///
  /// Blocks while it does, for some milliseconds, and for longer where a file has to be migrated or was
  /// not closed in order.
  ///
  /// - Parameters:
  ///   - location: Where the log is.
  ///   - settings: What a `server.properties` of Kafka's would say, by key. The defaults are Kafka's;
  ///     without `listeners` only this machine is served, on port 9092.
  ///   - listening: Whether there are sockets.
  ///   - log: Takes what the node has to say, on any of its threads; it must not block. Nobody is told
  ///     if it is `nil`.
  /// - Throws: `Failure` if a setting is refused, or if the log cannot be opened or an address not be
  ///   listened on; nothing runs then, and nothing is held open.
  public convenience init(
    _ location: Location, settings: [String: String] = [:], listening: Bool = false,
    log: (@Sendable (LogLevel, String) -> Void)? = nil
  ) throws(Failure) {
    let logger = log.map {
      Logger(component: "acta", levels: LogLevels(.debug), sink: LogFunction(log: $0))
    }
    try self.init(
      location, config: LiveConfig(try Self.config(settings, logger)), listening: listening,
      logger: logger ?? .disabled)
  }

  /// The same for whoever has read a configuration.
  ///
  /// - Parameter isAlone: The process is there for nothing else, so that its memory is the node's.
  package init(
    _ location: Location, config: LiveConfig, listening: Bool, logger: Logger, isAlone: Bool = false
  ) throws(Failure) {
    parts = try NodeParts(
      location, config: config, listening: listening, logger: logger, isAlone: isAlone)
  }

  deinit { parts.letGo() }

  /// A program has other uses for the machine's memory.
  private static let defaults = ["acta.tail.cache.bytes": String(64 << 20)]

  private static func config(
    _ settings: [String: String], _ logger: Logger?
  ) throws(Failure) -> BrokerConfig {
    do throws(ConfigError) {
      let layers = try ConfigLayers(
        commandLine: settings.merging(defaults) { set, _ in set }.sorted { $0.key < $1.key }.map {
          ConfigLayers.Setting($0.key, $0.value, from: .program)
        })
      for notice in layers.notices { logger?.info(notice) }
      return try BrokerConfig(layers, hostName: "localhost")
    } catch {
      throw .configuration(error.description)
    }
  }

  /// The port of each listener by its name, as it was bound; empty for a node that does not listen.
  public var ports: [String: Int] { parts.ports }

  /// Every number that the node counts, by name.
  package var counters: CounterRegistry { parts.counters }

  /// Where the log is, for people: an absolute path, or `:memory:`.
  package var path: String { parts.storage.identity.location }
}
