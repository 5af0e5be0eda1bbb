import Testing

@testable import Transport

@Suite("Socket addresses") struct AddressTests {
  @Test(
    "an address survives the way through the system's form, and is shown as people write it",
    arguments: [
      ("127.0.0.1", "127.0.0.1:9092"), ("::1", "[::1]:9092"),
      ("2001:db8::a", "[2001:db8::a]:9092"),
    ])
  func roundTrip(host: String, text: String) throws {
    let address = try #require(SocketAddress.resolve(host, port: 9_092, onlyNumbers: true).first)
    #expect(address.description == text)
    #expect(address.withSockaddr { pointer, _ in SocketAddress(pointer) } == address)
  }

  @Test("names are none where numbers are wanted")
  func onlyNumbers() {
    #expect(SocketAddress.resolve("localhost", port: 1, onlyNumbers: true) == [])
    #expect(SocketAddress.resolve("999.1.1.1", port: 1, onlyNumbers: true) == [])
    #expect(SocketAddress.resolve("localhost", port: 1).isEmpty == false)
  }
}
