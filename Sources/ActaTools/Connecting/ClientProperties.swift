import ActaClient
import Arguments

/// Properties of a client as a tool puts them together: those of a file, those on the command line over them, and
/// what the tool's own options say over both.
struct ClientProperties: Sendable {
  private(set) var values: [String: String]

  /// - Parameters:
  ///   - file: In Java's syntax.
  ///   - given: `name=value`.
  /// - Throws: `ClientSetupFailure` for a file that cannot be read.
  init(file: String?, given: [String]) throws {
    values = try ClientSetupFailure.properties(of: file)
    values.merge(Self.parsed(given)) { $1 }
  }

  subscript(_ name: String) -> String? {
    get { values[name] }
    set { values[name] = newValue }
  }

  /// What an option says counts if it was given; what holds without it, only if nothing else says anything.
  mutating func merge(_ name: String, _ option: any DeclaredOption, of invocation: Invocation) {
    guard invocation.given.contains(option) || values[name] == nil else { return }
    values[name] = invocation.text(of: option)
  }

  /// As Kafka reads them: what stands behind the first equals sign is the value, and nothing is the empty one.
  static func parsed(_ texts: [String]) -> [String: String] {
    var values: [String: String] = [:]
    for text in texts {
      let name = text.utf8.prefix { $0 != UInt8(ascii: "=") }
      values[String(name) ?? ""] = String(text.utf8.dropFirst(name.count + 1))
    }
    return values
  }

  // MARK: Configurations

  /// - Throws: `ClientSetupFailure`
  func producer(_ console: Console) throws -> ProducerConfiguration {
    var configuration = try ClientSetupFailure.checking(for: .producer) { () throws(KafkaError) in
      try ProducerConfiguration(properties: values, unknown: .ignored)
    }
    try ClientSetupFailure.check(configuration.bootstrapServers, for: .producer)
    configuration.instruments.log = console.clientLog(
      "[Producer clientId=\(configuration.clientID)] ")
    return configuration
  }

  /// - Throws: `ClientSetupFailure`
  func consumer(_ console: Console) throws -> ConsumerConfiguration {
    var configuration = try ClientSetupFailure.checking(for: .consumer) { () throws(KafkaError) in
      try ConsumerConfiguration(properties: values, unknown: .ignored)
    }
    try ClientSetupFailure.check(configuration.bootstrapServers, for: .consumer)
    let group = configuration.groupID.map { ", groupId=\($0)" } ?? ""
    configuration.instruments.log = console.clientLog(
      "[Consumer clientId=\(configuration.clientID)\(group)] ")
    return configuration
  }
}
