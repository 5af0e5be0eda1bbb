/// `YYYY-MM-DDThh:mm:ss.sss` with a zone or in UTC, as Kafka's tools read it with Java's SimpleDateFormat: numbers
/// may have fewer digits, milliseconds are a number and no fraction, and what follows the zone does not count.
enum JavaDateTime {
  enum Failure: Error, Equatable {
    case noTime
    /// With the text as it was read.
    case unreadable(String)
  }

  /// Epoch milliseconds; negative before 1970.
  static func milliseconds(_ text: String) throws(Failure) -> Int64 {
    let parts = text.split(separator: "T", omittingEmptySubsequences: false)
    guard parts.count > 1, parts.dropFirst().contains(where: { !$0.isEmpty }) else {
      throw .noTime
    }
    let hasZone = parts[1].utf8.contains { "+-Z".utf8.contains($0) }
    let read = hasZone ? text : text + "Z"
    var reader = Reader(rest: Array(read.utf8)[...])
    guard let milliseconds = reader.moment() else { throw .unreadable(read) }
    return milliseconds
  }

  private struct Reader {
    var rest: ArraySlice<UInt8>

    mutating func moment() -> Int64? {
      guard let year = number(in: 1...292_278_993), take("-"), let month = number(in: 1...12),
        take("-"), let day = number(in: 1...31), take("T"), let hour = number(in: 0...23),
        take(":"), let minute = number(in: 0...59), take(":"), let second = number(in: 0...59),
        take("."), let millisecond = number(in: 0...999), let offset = zone(),
        day <= Self.days(inMonth: month, of: year)
      else { return nil }
      let seconds = Self.days(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second
      return (seconds - offset) * 1_000 + millisecond
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
      guard rest.first == UInt8(ascii: character) else { return false }
      rest.removeFirst()
      return true
    }

    private mutating func number(in range: ClosedRange<Int64>) -> Int64? {
      rest = rest.drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
      let digits = rest.prefix { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
      rest = rest.dropFirst(digits.count)
      return Int64(String(decoding: digits, as: UTF8.self)).flatMap {
        range.contains($0) ? $0 : nil
      }
    }

    /// Seconds east of UTC: `Z`, `+01:00`, or `+01` whatever follows.
    private mutating func zone() -> Int64? {
      if take("Z") { return 0 }
      let sign: Int64
      if take("+") {
        sign = 1
      } else if take("-") {
        sign = -1
      } else {
        return nil
      }
      guard let hours = twoDigits(in: 0...23) else { return nil }
      var minutes: Int64 = 0
      if take(":"), let more = twoDigits(in: 0...59) { minutes = more }
      return sign * (hours * 3_600 + minutes * 60)
    }

    private mutating func twoDigits(in range: ClosedRange<Int64>) -> Int64? {
      let digits = rest.prefix(2)
      guard digits.count == 2,
        digits.allSatisfy({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") })
      else { return nil }
      rest = rest.dropFirst(2)
      return Int64(String(decoding: digits, as: UTF8.self)).flatMap {
        range.contains($0) ? $0 : nil
      }
    }

    private static func days(inMonth month: Int64, of year: Int64) -> Int64 {
      let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
      return month == 2 ? (isLeap ? 29 : 28) : [4, 6, 9, 11].contains(month) ? 30 : 31
    }

    /// Since 1970. Counted from March, so that a leap day is the last of its year.
    private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
      let (year, month) = month > 2 ? (year, month - 3) : (year - 1, month + 9)
      return 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 719_469
    }
  }
}
