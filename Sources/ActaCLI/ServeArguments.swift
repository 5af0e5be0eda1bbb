package import Arguments

/// The arguments of `acta serve`.
///
/// This module is the executable's face: arguments, log lines, the banner and signals. It decides
/// what the words of the command line mean and starts nothing; the executable joins it with the
/// server and the storage.
package struct ServeArguments: Sendable {
  package let data: String?
  package let config: String?
  package let listeners: String?
  package let advertisedListeners: String?
  package let overrides: [KeyValue]
  package let logFormat: LogFormat
  package let logLevel: LogLevel

  package init(_ invocation: Invocation) {
    data = invocation[Self.data]
    config = invocation[Self.config]
    listeners = invocation[Self.listeners]
    advertisedListeners = invocation[Self.advertisedListeners]
    overrides = invocation[Self.overrides]
    logFormat = invocation[Self.logFormat]
    logLevel = invocation[Self.logLevel]
  }

  package static let command = Command(
    name: "serve",
    abstract: "Serve Kafka clients from one SQLite file.",
    discussion: """
      Settings come from the command line, then from KAFKA_… environment variables (as with Kafka's \
      container images: KAFKA_NUM_PARTITIONS is num.partitions), then from the configuration file, \
      then from Kafka's defaults. A server.properties written for Kafka works as it is; settings \
      that mean nothing here are named in the log.

      Example: keep everything in orders.db and create topics with four partitions:
        acta serve --data orders.db --listeners PLAINTEXT://localhost:9092 \\
          --override num.partitions=4
      """,
    version: Version.current,
    options: [data, config, listeners, advertisedListeners, overrides, logFormat, logLevel])

  private static let data = Option(
    "data", takes: .fileName, valueName: "file",
    help: "The database file; created if it does not exist.",
    defaultText: "acta.db in the first directory of log.dirs, else in the current directory")

  private static let config = Option(
    "config", takes: .fileName, valueName: "file",
    help: "A properties file with Kafka's broker settings.")

  private static let listeners = Option(
    "listeners", takes: .text, valueName: "name://host:port",
    help: "Addresses to listen on, separated by commas; an empty host is every interface, port 0"
      + " lets the system choose.",
    defaultText: "PLAINTEXT://127.0.0.1:9092")

  private static let advertisedListeners = Option(
    "advertised-listeners", takes: .text, valueName: "name://host:port",
    help: "Addresses that clients are told to connect to.")

  private static let overrides = Option(
    repeatable: "override", takes: .keyValue, valueName: "key=value",
    help: "A setting that beats file and environment; repeatable.")

  private static let logFormat = Option<LogFormat>(
    "log-format", takes: .choice, default: .auto,
    help: "What log lines look like; auto is text at a terminal and JSON otherwise.")

  private static let logLevel = Option<LogLevel>(
    "log-level", takes: .choice, default: .info, help: "The least level that is logged.")
}
