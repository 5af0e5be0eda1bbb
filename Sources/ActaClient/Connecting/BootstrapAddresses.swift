import ClientCore

/// The addresses that a client is given to begin with, for programs that say beforehand what is wrong with them.
package enum BootstrapAddresses {
  /// - Throws: `KafkaError` for what is no address.
  package static func hosts(of servers: [String]) throws(KafkaError) -> [String] {
    try KafkaError.translating { () throws(ClientFailure) in
      try BrokerEndpoint.list(servers).map(\.host)
    }
  }

  /// Whether a configuration was refused for its addresses.
  package static func isRefusal(_ error: KafkaError) -> Bool {
    ["url", "port"].contains { error.message.hasPrefix("Invalid \($0) in bootstrap.servers: ") }
  }
}

extension BrokerEndpoint {
  /// `host:port` or `[host]:port`, each; a protocol before it is passed over, as Kafka does. Each counts once.
  static func list(_ texts: [String]) throws(ClientFailure) -> [BrokerEndpoint] {
    guard !texts.isEmpty else {
      throw ClientFailure(
        .invalidArgument,
        "Configuration 'bootstrap.servers' must not be empty. Valid values include: any non-empty value"
      )
    }
    var endpoints: [BrokerEndpoint] = []
    for text in texts {
      let endpoint = try BrokerEndpoint(text)
      if !endpoints.contains(endpoint) { endpoints.append(endpoint) }
    }
    return endpoints
  }

  private init(_ text: String) throws(ClientFailure) {
    guard let colon = text.utf8.lastIndex(of: UInt8(ascii: ":")),
      let port = Int64(text[text.utf8.index(after: colon)...]),
      let host = Self.host(text[..<colon])
    else { throw Self.refusal(of: text, "url") }
    guard let port = UInt16(exactly: port), port > 0 else { throw Self.refusal(of: text, "port") }
    self.init(host: host, port: port)
  }

  private static func refusal(of text: String, _ what: String) -> ClientFailure {
    var failure = ClientFailure(
      .invalidArgument, "'\(text)' in bootstrap.servers is not of the form host:port.")
    failure.message = "Invalid \(what) in bootstrap.servers: \(text)"
    return failure
  }

  /// Without a protocol's name and slashes, and without brackets.
  private static func host(_ text: Substring) -> String? {
    var bytes = Array(text.utf8)[...]
    if let slash = bytes.lastIndex(of: UInt8(ascii: "/")) {
      let start = bytes[...slash]
      guard start.suffix(3).elementsEqual("://".utf8), start.dropLast(3).allSatisfy(isPlain) else {
        return nil
      }
      bytes = bytes[(slash + 1)...]
    }
    if bytes.first == UInt8(ascii: "["), bytes.last == UInt8(ascii: "]") {
      bytes = bytes.dropFirst().dropLast()
    }
    guard !bytes.isEmpty, bytes.allSatisfy({ isPlain($0) || $0 == UInt8(ascii: ":") }) else {
      return nil
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func isPlain(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "A")...UInt8(ascii: "Z"):
      true
    default: "-%._".utf8.contains(byte)
    }
  }
}
