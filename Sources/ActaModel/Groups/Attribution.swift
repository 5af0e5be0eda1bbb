/// To whom a client's doing is put down, apart from the names that it gives itself.
package struct Attribution: Hashable, Sendable {
  /// `User:alice`, as the broker knows it. `nil`: written before principals were kept, or no
  /// client's doing.
  package var principal: String?
  /// The client's library as it reports itself, `librdkafka`; `nil` when it did not.
  package var software: String?
  package var softwareVersion: String?

  package init(principal: String? = nil, software: String? = nil, softwareVersion: String? = nil) {
    self.principal = principal
    self.software = software
    self.softwareVersion = softwareVersion
  }
}
