import ClientCore
import KafkaConfig
import SASL
import TLS

/// `security.protocol` and all that belongs to it, as Kafka's properties say it. They are read together, because what
/// one means depends on others; refusals are Kafka's sentences where it has one, and never have a value in them that
/// may be a secret.
struct SecurityProperties {
  private let values: [String: String]

  init(_ properties: [String: String]) {
    values = properties.filter {
      $0.key == "security.protocol" || $0.key.hasPrefix("ssl.") || $0.key.hasPrefix("sasl.")
    }
  }

  /// - Returns: `nil` where nothing of it is set.
  /// - Throws: `invalidArgument`
  func security() throws(ClientFailure) -> ClientSecurity? {
    if values.isEmpty { return nil }
    switch try text("security.protocol")?.lowercased() ?? "plaintext" {
    case "ssl": return .ssl(try tls())
    case "sasl_plaintext": return .saslPlaintext(try sasl())
    case "sasl_ssl": return .saslSSL(try sasl(), try tls())
    default: return .plaintext
    }
  }

  /// What is set, would have an effect, and has none because of the protocol.
  func unused<Configuration>(
    of entries: [PropertyEntry<Configuration>], under security: ClientSecurity,
    by defaults: Configuration
  ) -> [String] {
    values.keys.sorted().filter { name in
      let isUnused =
        name.hasPrefix("ssl.") && security.tls == nil
        || name.hasPrefix("sasl.") && security.sasl == nil
      guard isUnused, let entry = entries.first(where: { $0.name == name }) else { return false }
      return entry.role != .withoutEffect && values[name] != entry.defaultValue(defaults)
    }
  }

  /// Without blanks around it; what is empty counts as not set.
  private func text(_ name: String) throws(ClientFailure) -> String? {
    guard case .string(let text)? = try value(name, .string), !text.isEmpty else { return nil }
    return text
  }

  private func list(_ name: String) throws(ClientFailure) -> [String]? {
    guard case .list(let elements)? = try value(name, .list) else { return nil }
    return elements
  }

  private func value(_ name: String, _ type: ConfigType) throws(ClientFailure) -> ConfigValue? {
    guard let text = values[name] else { return nil }
    do throws(ConfigError) {
      return try type.parse(text, for: name)
    } catch {
      throw Self.refusal("\(error)")
    }
  }

  private static func refusal(_ sentence: String) -> ClientFailure {
    ClientFailure(.invalidArgument, sentence)
  }

  // MARK: SASL

  private static let modules: Set = [
    "org.apache.kafka.common.security.plain.PlainLoginModule",
    "org.apache.kafka.common.security.scram.ScramLoginModule",
  ]

  private func sasl() throws(ClientFailure) -> SASLConfiguration {
    let name = try text("sasl.mechanism") ?? "GSSAPI"
    guard let mechanism = SASLMechanism(rawValue: name) else {
      let all = SASLMechanism.allCases.map(\.rawValue).joined(separator: ", ")
      throw Self.refusal("sasl.mechanism \(name) is not there; these are: \(all).")
    }
    guard let text = try text("sasl.jaas.config") else {
      throw Self.refusal("sasl.jaas.config is not set: it has the name and the password.")
    }
    let entry: JAASEntry
    do throws(JAASEntry.Malformed) {
      entry = try JAASEntry(text)
    } catch {
      throw Self.refusal("sasl.jaas.config: \(error).")
    }
    guard Self.modules.contains(entry.module) else {
      let known = Self.modules.sorted().joined(separator: ", ")
      throw Self.refusal(
        "sasl.jaas.config names a login module that is not known here: \(known) are.")
    }
    guard entry.options["tokenauth"]?.lowercased() != "true" else {
      throw Self.refusal("sasl.jaas.config: delegation tokens (tokenauth) are not there.")
    }
    guard let username = entry.options["username"], let password = entry.options["password"] else {
      throw Self.refusal("sasl.jaas.config must have the options username and password.")
    }
    return SASLConfiguration(
      mechanism: mechanism, credentials: SASLCredentials(username: username, password: password))
  }

  // MARK: TLS

  private func tls() throws(ClientFailure) -> TLSConfiguration {
    var tls = TLSConfiguration(trust: try trust(), identity: try identity())
    if let algorithm = values["ssl.endpoint.identification.algorithm"] {
      tls.verifiesHostName = !algorithm.utf8.allSatisfy { $0 <= UInt8(ascii: " ") }
    }
    if let names = try list("ssl.enabled.protocols") {
      tls.enabledProtocols = Set(names.compactMap { TLSConfiguration.Version(rawValue: $0) })
    }
    tls.cipherSuites = try list("ssl.cipher.suites") ?? []
    return tls
  }

  private func trust() throws(ClientFailure) -> TLSConfiguration.Trust {
    let type = try text("ssl.truststore.type")?.uppercased() ?? "JKS"
    let (path, password) = (
      try text("ssl.truststore.location"), try text("ssl.truststore.password")
    )
    func require(_ holds: Bool, _ sentence: String) throws(ClientFailure) {
      if !holds { throw Self.refusal(sentence) }
    }
    if let certificates = try text("ssl.truststore.certificates") {
      try require(
        type == "PEM",
        "SSL trust store certs can be specified only for PEM, but trust store type is \(type).")
      try require(
        path == nil, "Both SSL trust store location and separate trust certificates are specified.")
      try require(password == nil, "SSL trust store password cannot be specified for PEM format.")
      return .pem(certificates)
    }
    guard let path else {
      try require(
        password == nil, "SSL trust store is not specified, but trust store password is specified.")
      return .system
    }
    if type == "PEM" {
      try require(password == nil, "SSL trust store password cannot be specified for PEM format.")
      return .pemFile(path)
    }
    try Self.check(type, "ssl.truststore.type")
    return .pkcs12(file: path, password: password ?? "")
  }

  private func identity() throws(ClientFailure) -> TLSConfiguration.Identity? {
    let type = try text("ssl.keystore.type")?.uppercased() ?? "JKS"
    let (path, password) = (try text("ssl.keystore.location"), try text("ssl.keystore.password"))
    let (key, chain) = (try text("ssl.keystore.key"), try text("ssl.keystore.certificate.chain"))
    let keyPassword = try text("ssl.key.password")
    func require(_ holds: Bool, _ sentence: String) throws(ClientFailure) {
      if !holds { throw Self.refusal(sentence) }
    }
    let noPassword =
      "SSL key store password cannot be specified with PEM format, only key password may be specified."
    if let key {
      try require(
        type == "PEM",
        "SSL private key can be specified only for PEM, but key store type is \(type).")
      guard let chain else {
        throw Self.refusal("SSL private key is specified, but certificate chain is not specified.")
      }
      try require(
        path == nil, "Both SSL key store location and separate private key are specified.")
      try require(password == nil, noPassword)
      return .pem(certificateChain: chain, key: key, keyPassword: keyPassword)
    }
    try require(
      chain == nil, "SSL certificate chain is specified, but private key is not specified")
    guard let path else {
      try require(
        password == nil, "SSL key store is not specified, but key store password is specified.")
      return nil
    }
    if type == "PEM" {
      try require(password == nil, noPassword)
      return .pemFile(path, keyPassword: keyPassword)
    }
    try Self.check(type, "ssl.keystore.type")
    guard let password else {
      throw Self.refusal("SSL key store is specified, but key store password is not specified.")
    }
    try require(
      keyPassword == nil || keyPassword == password,
      "In a PKCS12 store the key has the store's password: ssl.key.password must be the same, or not set."
    )
    return .pkcs12(file: path, password: password)
  }

  /// Java's `JKS` reads both of its formats; that which only Java reads is told by the file itself.
  private static func check(_ type: String, _ name: String) throws(ClientFailure) {
    guard type == "PKCS12" || type == "JKS" else {
      throw refusal("\(name) \(type) is not there; PEM and PKCS12 are.")
    }
  }
}
