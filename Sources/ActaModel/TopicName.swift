/// The rules for topic names (KafkaWire/PROTOCOL.md §9, "Topic names").
package enum TopicName {
  package static let maximumLength = 249

  /// Why Kafka would refuse this name, in Kafka's own words; `nil` if it is legal.
  package static func objection(to name: String) -> String? {
    let prefix = "Topic name is invalid: "
    if name.isEmpty { return prefix + "the empty string is not allowed" }
    if name == "." || name == ".." { return prefix + "'\(name)' is not allowed" }
    if name.utf8.count > maximumLength {
      return prefix
        + "the length of '\(name)' is longer than the max allowed length \(maximumLength)"
    }
    if !name.utf8.allSatisfy(isLegal) {
      return prefix
        + "'\(name)' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'"
    }
    return nil
  }

  /// Two names that differ only in `.` against `_` may not both exist: they collide in the names of
  /// Kafka's metrics.
  package static func collisionKey(_ name: String) -> String {
    String(name.map { $0 == "." ? "_" : $0 })
  }

  private static func isLegal(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"),
      UInt8(ascii: "-"):
      true
    default: false
    }
  }
}
