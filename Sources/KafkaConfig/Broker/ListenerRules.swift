/// Works out from the settings which listeners are served and what clients are told about them.
///
/// Kafka's rules: names and ports are unique; what is advertised is among what listens, and never
/// `0.0.0.0`; an empty advertised host is this host's name. Listeners of controllers are neither
/// served nor advertised. Only PLAINTEXT can be served so far; anything else is refused, because a
/// listener that silently did without its security would be worse than none.
struct ListenerRules {
  let values: ConfigValues
  let hostName: String

  func listeners() throws(ConfigError) -> [Listener] {
    let listening = try clientAddresses(of: "listeners")
    guard !listening.isEmpty else {
      throw .conflict(
        "There must be at least one broker listener. Perhaps all listeners appear in"
          + " controller.listener.names?")
    }
    let protocols = try securityProtocols()
    for address in listening { try checkProtocol(of: address, in: protocols) }
    let advertised = try advertisedAddresses(for: listening)
    try checkInterBrokerListener(advertised ?? listening)
    return try listening.map { address throws(ConfigError) in
      try listener(address, advertised: advertised)
    }
  }

  // MARK: Addresses

  private func clientAddresses(of key: String) throws(ConfigError) -> [ListenerAddress] {
    let texts = values.list(key) ?? []
    let whole = texts.joined(separator: ",")
    let addresses = try texts.map { text throws(ConfigError) -> ListenerAddress in
      if let address = ListenerAddress(text) { return address }
      throw .conflict(
        "Error creating broker listeners from '\(whole)': Unable to parse \(text) to a broker"
          + " endpoint")
    }
    guard Set(addresses.map(\.name)).count == addresses.count else {
      throw .conflict("Each listener must have a different name, \(key): \(whole)")
    }
    // Behind a proxy, several advertised addresses may share a port.
    guard key == "advertised.listeners" || Self.portsAreUnique(addresses) else {
      throw .conflict("Each listener must have a different port, \(key): \(whole)")
    }
    let controllers = Set((values.list("controller.listener.names") ?? []).map { $0.uppercased() })
    return addresses.filter { !controllers.contains($0.name) }
  }

  /// One listener on IPv4 and one on IPv6 may have the same port; port 0 is not a port yet.
  private static func portsAreUnique(_ addresses: [ListenerAddress]) -> Bool {
    let fixed = addresses.filter { $0.port != 0 }
    return Dictionary(grouping: fixed, by: \.port).values.allSatisfy { same in
      same.count == 1
        || same.count == 2 && same.contains { $0.isIPv4 } && same.contains { $0.isIPv6 }
    }
  }

  /// `nil` if it is not said what to advertise.
  private func advertisedAddresses(
    for listening: [ListenerAddress]
  ) throws(ConfigError) -> [ListenerAddress]? {
    let advertised = try clientAddresses(of: "advertised.listeners")
    if advertised.isEmpty { return nil }
    let names = listening.map(\.name)
    guard advertised.allSatisfy({ names.contains($0.name) }) else {
      throw .conflict(
        "advertised.listeners listener names must be equal to or a subset of the ones defined in"
          + " listeners. Found \(advertised.map(\.name).joined(separator: ",")). The valid options"
          + " based on the current configuration are \(names.joined(separator: ","))")
    }
    return advertised
  }

  /// A listener that is left out of `advertised.listeners` answers with its own address, so that
  /// its clients are sent back to where they came from.
  private func listener(
    _ address: ListenerAddress, advertised: [ListenerAddress]?
  ) throws(ConfigError) -> Listener {
    let explicit = advertised?.first { $0.name == address.name }
    let shown = explicit ?? address
    let isMeta = shown.host == "0.0.0.0" || shown.host == "::"
    if isMeta, explicit != nil || advertised == nil {
      throw .conflict(
        "advertised.listeners cannot use the nonroutable meta-address \(shown.host). Use a routable"
          + " IP address.")
    }
    let port = explicit.flatMap { $0.port == 0 ? nil : $0.port }
    return Listener(
      name: address.name, host: address.host, port: address.port,
      advertisedHost: shown.host.isEmpty || isMeta ? hostName : shown.host, advertisedPort: port)
  }

  private func checkInterBrokerListener(
    _ advertised: [ListenerAddress]
  ) throws(ConfigError) {
    guard let name = values.string("inter.broker.listener.name") else { return }
    let names = advertised.map(\.name)
    guard names.contains(name.uppercased()) else {
      throw .conflict(
        "inter.broker.listener.name must be a listener name defined in advertised.listeners. The"
          + " valid options based on currently configured listeners are"
          + " \(names.joined(separator: ","))")
    }
  }

  // MARK: Security protocols

  private static let knownProtocols = ["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]

  private func securityProtocols() throws(ConfigError) -> [String: String] {
    let key = "listener.security.protocol.map"
    let text = values.string(key) ?? ""
    var protocols: [String: String] = [:]
    for pair in text.split(separator: ",") {
      let parts = pair.split(separator: ":", omittingEmptySubsequences: false)
        .map { String($0).trimmingBlanks().uppercased() }
      guard parts.count == 2, Self.knownProtocols.contains(parts[1]) else {
        throw .invalidValue(
          text, name: key,
          reason: "\(String(pair).trimmingBlanks()) is not a listener name and one of "
            + Self.knownProtocols.joined(separator: ", "))
      }
      guard protocols.updateValue(parts[1], forKey: parts[0]) == nil else {
        throw .invalidValue(text, name: key, reason: "\(parts[0]) occurs twice")
      }
    }
    return protocols
  }

  private func checkProtocol(
    of address: ListenerAddress, in protocols: [String: String]
  ) throws(ConfigError) {
    guard let protocolName = protocols[address.name] else {
      throw .conflict("No security protocol defined for listener \(address.name)")
    }
    guard protocolName == "PLAINTEXT" else {
      throw .conflict(
        "Listener \(address.name) asks for \(protocolName), but only PLAINTEXT can be served so"
          + " far. Remove it from listeners, or map it to PLAINTEXT in"
          + " listener.security.protocol.map.")
    }
  }
}
