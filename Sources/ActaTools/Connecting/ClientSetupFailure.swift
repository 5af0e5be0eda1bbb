import ActaClient

/// Why there is no client as it was asked for: a file that cannot be read, properties that cannot be, addresses that
/// lead nowhere. Java's tools end with a stack then; here what is at its bottom stands in the same sentence.
struct ClientSetupFailure: Error, CustomStringConvertible {
  /// In Java's words.
  enum Client: String {
    case admin = "create new KafkaAdminClient"
    case producer = "construct kafka producer"
    case consumer = "construct kafka consumer"
  }

  /// Java's class.
  let exception: String
  let description: String
  /// What is at the bottom.
  let cause: String
  let isAboutFile: Bool

  /// As it stands in logs.
  var logged: String { "\(exception): \(description)" }

  private init(
    _ exception: String, _ description: String, cause: String? = nil, isAboutFile: Bool = false
  ) {
    self.exception = exception
    self.description = description
    self.cause = cause ?? description
    self.isAboutFile = isAboutFile
  }

  // MARK: What can be wrong

  /// The properties of a file, or none.
  ///
  /// - Throws: `ClientSetupFailure` with the path, and the line or the system's reason.
  static func properties(of path: String?) throws(ClientSetupFailure) -> [String: String] {
    guard let path else { return [:] }
    do {
      return try PropertyFile.properties(of: path)
    } catch {
      throw ClientSetupFailure(
        "java.nio.file.NoSuchFileException", error.message, isAboutFile: true)
    }
  }

  /// What is made of properties.
  static func checking<R>(
    for client: Client, _ body: () throws(KafkaError) -> R
  ) throws(ClientSetupFailure) -> R {
    do {
      return try body()
    } catch {
      if BootstrapAddresses.isRefusal(error) { throw unmade(client, error.message) }
      throw ClientSetupFailure(
        "org.apache.kafka.common.config.ConfigException", error.message)
    }
  }

  /// Whether there is anybody to begin with. To wait for a name that does not exist would be in vain.
  static func check(
    _ servers: [String], for client: Client
  ) throws(ClientSetupFailure) {
    let hosts: [String]
    do {
      hosts = try BootstrapAddresses.hosts(of: servers)
    } catch {
      throw unmade(client, error.message)
    }
    guard hosts.allSatisfy({ HostName.addresses($0).isEmpty }) else { return }
    throw unmade(
      client,
      "No resolvable bootstrap urls given in bootstrap.servers: "
        + servers.joined(separator: ","))
  }

  private static func unmade(_ client: Client, _ cause: String) -> ClientSetupFailure {
    ClientSetupFailure(
      "org.apache.kafka.common.KafkaException", "Failed to \(client.rawValue): \(cause)",
      cause: cause)
  }
}
