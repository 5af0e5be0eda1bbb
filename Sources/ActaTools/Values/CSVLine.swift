/// A line of comma-separated values (RFC 4180), quoted where Kafka's tools quote.
enum CSVLine {
  /// What is longer is quoted unseen.
  private static let longestBare = 24
  /// Below this are the comma, the quotation mark, line ends, and whatever else Kafka's library does not look at.
  private static let leastBare = UInt16(UInt8(ascii: ",")) + 1

  static func text(_ cells: [String]) -> String {
    cells.map { cell in
      let isBare = cell.utf16.count <= longestBare && cell.utf16.allSatisfy { $0 >= leastBare }
      return isBare ? cell : "\"" + doubled(cell) + "\""
    }.joined(separator: ",")
  }

  private static func doubled(_ cell: String) -> String {
    cell.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"")
  }

  /// The cells of a line without its end; `nil` if a quotation mark is not closed, or something follows one.
  static func cells(_ line: Substring) -> [String]? {
    var cells: [String] = []
    var rest = Array(line.utf8)[...]
    while true {
      guard let cell = takeCell(&rest) else { return nil }
      cells.append(cell)
      if rest.isEmpty { return cells }
      guard rest.removeFirst() == UInt8(ascii: ",") else { return nil }
    }
  }

  private static func takeCell(_ rest: inout ArraySlice<UInt8>) -> String? {
    let quote = UInt8(ascii: "\"")
    guard rest.first == quote else {
      let bare = rest.prefix { $0 != UInt8(ascii: ",") }
      rest = rest.dropFirst(bare.count)
      return String(decoding: bare, as: UTF8.self)
    }
    var bytes: [UInt8] = []
    rest = rest.dropFirst()
    while let closing = rest.firstIndex(of: quote) {
      bytes += rest[..<closing]
      rest = rest[(closing + 1)...]
      guard rest.first == quote else { return String(decoding: bytes, as: UTF8.self) }
      bytes.append(quote)
      rest = rest.dropFirst()
    }
    return nil
  }
}
