import Arguments

/// `host:port,…` as Kafka's console tools look at it before they begin.
enum BootstrapServers {
  /// - Throws: `UsageError` in Kafka's words.
  static func checked(_ text: String?, _ invocation: Invocation) throws -> String {
    guard let text, !text.isEmpty else {
      throw invocation.refusal("Error while validating the bootstrap address\n")
    }
    for server in text.split(separator: ",", omittingEmptySubsequences: false) {
      guard let colon = server.utf8.lastIndex(of: UInt8(ascii: ":")),
        UInt16(server[server.utf8.index(after: colon)...]) != nil
      else {
        throw invocation.refusal(
          "Please provide valid host:port like host1:9091,host2:9092\n")
      }
    }
    return text
  }
}
