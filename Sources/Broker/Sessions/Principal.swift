/// Who a client is, as the broker knows it: not what the client calls itself.
package struct Principal: Hashable, Sendable, CustomStringConvertible {
  package let type: String
  package let name: String
  /// `User:alice`; kept, because every commit writes it down.
  package let description: String

  package init(type: String = "User", name: String) {
    self.type = type
    self.name = name
    description = "\(type):\(name)"
  }

  /// A client that has not authenticated.
  package static let anonymous = Principal(name: "ANONYMOUS")
}
