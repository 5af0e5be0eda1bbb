/// How much memory something may take: so many bytes, or a part of what there is.
package enum MemoryAmount: Hashable, Sendable {
  case bytes(Int)
  /// Of the machine's memory, or of what the process's control group may have; up to 100.
  case percent(Int)

  /// `67108864` or `25%`.
  package init?(_ text: String) {
    guard
      text.utf8.allSatisfy({
        UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 || $0 == UInt8(ascii: "%")
      })
    else { return nil }
    if text.hasSuffix("%") {
      guard let percent = Int(text.dropLast()), percent <= 100 else { return nil }
      self = .percent(percent)
    } else {
      guard let bytes = Int(text) else { return nil }
      self = .bytes(bytes)
    }
  }

  /// - Parameter total: Bytes that there are.
  package func bytes(of total: Int) -> Int {
    switch self {
    case .bytes(let bytes): bytes
    case .percent(let percent): total / 100 * percent
    }
  }
}
