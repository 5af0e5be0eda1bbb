import KafkaConfig
import Testing

@Suite("Listeners") struct ListenerTests {
  private func listeners(_ settings: [String: String]) throws -> [Listener] {
    try BrokerConfig(settings, hostName: "this-host").listeners
  }

  private func refusal(_ settings: [String: String]) -> String? {
    #expect(throws: ConfigError.self) { try listeners(settings) }?.description
  }

  @Test("without settings only clients of this machine are served")
  func defaults() throws {
    #expect(
      try listeners([:]) == [
        Listener(
          name: "PLAINTEXT", host: "127.0.0.1", port: 9092, advertisedHost: "127.0.0.1",
          advertisedPort: nil)
      ])
  }

  @Test("an empty host is every interface, and clients are told the host's name")
  func everyInterface() throws {
    #expect(
      try listeners(["listeners": "PLAINTEXT://:9092"]) == [
        Listener(
          name: "PLAINTEXT", host: "", port: 9092, advertisedHost: "this-host", advertisedPort: nil)
      ])
  }

  @Test("each listener has its advertised address, IPv6 in brackets")
  func advertised() throws {
    let found = try listeners([
      "listeners": "PLAINTEXT://0.0.0.0:9092, inner://[::1]:0",
      "advertised.listeners": "PLAINTEXT://broker.example:19092,INNER://[2001:db8::1]:0",
      "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,inner:plaintext",
    ])
    #expect(
      found == [
        Listener(
          name: "PLAINTEXT", host: "0.0.0.0", port: 9092, advertisedHost: "broker.example",
          advertisedPort: 19092),
        Listener(
          name: "INNER", host: "::1", port: 0, advertisedHost: "2001:db8::1", advertisedPort: nil),
      ])
  }

  @Test("a port that the system chooses is advertised as bound")
  func chosenPort() throws {
    let found = try listeners(["listeners": "PLAINTEXT://localhost:0"])
    #expect(found.map(\.port) == [0])
    #expect(found.map(\.advertisedPort) == [nil])
    #expect(found.map(\.advertisedHost) == ["localhost"])
  }

  @Test("an empty advertised host is the host's name")
  func emptyAdvertisedHost() throws {
    let found = try listeners([
      "listeners": "PLAINTEXT://127.0.0.1:9092", "advertised.listeners": "PLAINTEXT://:9094",
    ])
    #expect(found.map(\.advertisedHost) == ["this-host"])
    #expect(found.map(\.advertisedPort) == [9094])
  }

  @Test("a listener left out of the advertised ones answers with its own address")
  func notAdvertised() throws {
    let found = try listeners([
      "listeners": "PLAINTEXT://a:1,B://0.0.0.0:2", "advertised.listeners": "PLAINTEXT://c:3",
      "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,B:PLAINTEXT",
    ])
    #expect(found.map(\.advertisedHost) == ["c", "this-host"])
    #expect(found.map(\.advertisedPort) == [3, nil])
  }

  @Test("controllers' listeners are neither served nor advertised")
  func controllers() throws {
    let found = try listeners([
      "listeners": "PLAINTEXT://a:9092,CONTROLLER://:9093",
      "advertised.listeners": "PLAINTEXT://a:9092,CONTROLLER://a:9093",
      "controller.listener.names": "controller",
    ])
    #expect(found.map(\.name) == ["PLAINTEXT"])
    #expect(
      refusal(["listeners": "C://:9093", "controller.listener.names": "C"])?
        .hasPrefix("There must be at least one broker listener.") == true)
  }

  @Test("the meta-address cannot be advertised, said or implied")
  func metaAddress() {
    let sentence =
      "advertised.listeners cannot use the nonroutable meta-address 0.0.0.0. Use a routable IP"
      + " address."
    #expect(refusal(["listeners": "PLAINTEXT://0.0.0.0:9092"]) == sentence)
    #expect(refusal(["advertised.listeners": "PLAINTEXT://0.0.0.0:9092"]) == sentence)
  }

  @Test("names and ports are unique")
  func duplicates() throws {
    #expect(
      refusal(["listeners": "PLAINTEXT://:1,plaintext://:2"])
        == "Each listener must have a different name, listeners: PLAINTEXT://:1,plaintext://:2")
    let map = "A:PLAINTEXT,B:PLAINTEXT,C:PLAINTEXT"
    #expect(
      refusal(["listeners": "A://x:1,B://y:1", "listener.security.protocol.map": map])
        == "Each listener must have a different port, listeners: A://x:1,B://y:1")
    let allowed = try listeners([
      "listeners": "A://127.0.0.1:1,B://[::1]:1,C://x:0", "listener.security.protocol.map": map,
    ])
    #expect(allowed.count == 3)
  }

  @Test("only PLAINTEXT is served, whatever the listener's name")
  func protocols() {
    for name in ["SSL", "SASL_PLAINTEXT", "SASL_SSL"] {
      #expect(
        refusal(["listeners": "\(name)://localhost:9092"])?
          .hasPrefix("Listener \(name) asks for \(name), but only PLAINTEXT can be served") == true)
    }
    #expect(
      refusal(["listeners": "OWN://localhost:9092"])
        == "No security protocol defined for listener OWN")
    #expect(
      refusal(["listener.security.protocol.map": "A:B"])?.contains("A:B is not a listener name")
        == true)
    #expect(
      refusal(["listener.security.protocol.map": "A:SSL,a:SSL"])?.contains("A occurs twice") == true
    )
  }

  @Test("an advertised or inter-broker name must be among the listeners")
  func unknownNames() {
    #expect(
      refusal(["advertised.listeners": "OTHER://a:1"])
        == "advertised.listeners listener names must be equal to or a subset of the ones defined in"
        + " listeners. Found OTHER. The valid options based on the current configuration are"
        + " PLAINTEXT")
    #expect(
      refusal(["inter.broker.listener.name": "OTHER"])
        == "inter.broker.listener.name must be a listener name defined in advertised.listeners. The"
        + " valid options based on currently configured listeners are PLAINTEXT")
  }

  @Test(
    "what is no address is refused",
    arguments: [
      "localhost:9092", "PLAINTEXT://localhost", "PLAINTEXT://localhost:", "PLAINTEXT://a:65536",
      "PLAINTEXT://a:-1", "PLAINTEXT://::1:9092", "PLAINTEXT://a b:1", "://a:1", "PLAINTEXT:9092",
      "PLAINTEXT://[::1:9092",
    ])
  func malformed(text: String) {
    #expect(
      refusal(["listeners": text])
        == "Error creating broker listeners from '\(text)': Unable to parse \(text) to a broker"
        + " endpoint")
  }
}
