/// Whether a text is an IP address. Names of hosts are not looked up: whom a name stands for may change
/// any time, and nobody may be kept waiting for that.
enum AddressText {
  static func isAddress(_ text: String) -> Bool { isIPv4(text) || isIPv6(text) }

  /// `127.0.0.1`
  private static func isIPv4(_ text: some StringProtocol) -> Bool {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4
      && parts.allSatisfy { part in
        (1...3).contains(part.utf8.count) && part.utf8.allSatisfy(isDigit)
          && UInt8(part, radix: 10) != nil
      }
  }

  /// `2001:db8::1`, `::ffff:127.0.0.1`: eight groups of four digits, of which some zeroes are left out
  /// once at most; an IPv4 address may stand for the last two.
  private static func isIPv6(_ text: String) -> Bool {
    var groups = text.split(separator: ":", omittingEmptySubsequences: false)
    guard (3...9).contains(groups.count) else { return false }
    var count = 0
    if let last = groups.last, isIPv4(last) {
      groups.removeLast()
      count += 2
      // What stands before it does not end in the sign for what is left out.
      if groups.last?.isEmpty == true, groups.count > 1 { groups.append("") }
    }
    var gaps = 0
    for (index, group) in groups.enumerated() {
      if group.isEmpty {
        let isEdge = index == 0 || index == groups.count - 1
        // `::` at an edge is two empty groups, and anywhere else it is one.
        if isEdge {
          let inner = index == 0 ? 1 : index - 1
          guard groups.indices.contains(inner), groups[inner].isEmpty else { return false }
        } else {
          gaps += 1
        }
        continue
      }
      guard group.utf8.count <= 4, group.utf8.allSatisfy(isHexadecimal) else { return false }
      count += 1
    }
    return gaps == 1 ? count < 8 : gaps == 0 && count == 8
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }

  private static func isHexadecimal(_ byte: UInt8) -> Bool {
    isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte | 0x20)
  }
}
