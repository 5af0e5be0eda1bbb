import ArgumentParser

/// The arguments of `acta serve`.
///
/// This module is the executable's face: arguments, log lines, the banner and signals. It decides
/// what the words of the command line mean and starts nothing; the executable joins it with the
/// server and the storage.
package struct ServeArguments: ParsableArguments {
  /// For the command that takes these arguments.
  package static let configuration = CommandConfiguration(
    commandName: "serve",
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
    version: Version.current)

  @Option(
    help: ArgumentHelp(
      "The database file; created if it does not exist. (default: acta.db in the first directory of"
        + " log.dirs, else in the current directory)",
      valueName: "file"))
  package var data: String?

  @Option(
    help: ArgumentHelp("A properties file with Kafka's broker settings.", valueName: "file"))
  package var config: String?

  @Option(
    help: ArgumentHelp(
      "Addresses to listen on, separated by commas; an empty host is every interface, port 0 lets"
        + " the system choose. (default: PLAINTEXT://127.0.0.1:9092)",
      valueName: "name://host:port"))
  package var listeners: String?

  @Option(
    help: ArgumentHelp(
      "Addresses that clients are told to connect to.", valueName: "name://host:port"))
  package var advertisedListeners: String?

  @Option(
    name: .customLong("override"),
    help: ArgumentHelp(
      "A setting that beats file and environment; repeatable.", valueName: "key=value"))
  package var overrides: [String] = []

  @Option(help: "What log lines look like; auto is text at a terminal and JSON otherwise.")
  package var logFormat: LogFormat = .auto

  @Option(help: "The least level that is logged.")
  package var logLevel: LogLevel = .info

  package init() {}

  package func validate() throws {
    for override in overrides where Self.property(override) == nil {
      throw ValidationError("--override takes key=value, but was given '\(override)'.")
    }
    if data == "" { throw ValidationError("--data takes the name of a file.") }
  }

  static func property(_ override: String) -> (key: String, value: String)? {
    guard let separator = override.firstIndex(of: "="), separator != override.startIndex else {
      return nil
    }
    return (
      String(override[..<separator]), String(override[override.index(after: separator)...])
    )
  }
}
