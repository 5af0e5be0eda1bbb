/// A moment as log lines write it. Worked out here because the C library's formatting consults
/// locale and environment.
package struct LogTime: Sendable {
  private let year: Int64
  private let month: Int64
  private let day: Int64
  private let millisecondOfDay: Int64

  /// - Parameter milliseconds: Since the epoch; shift them to get the time of a zone.
  package init(milliseconds: Int64) {
    let perDay: Int64 = 86_400_000
    var days = milliseconds / perDay
    var rest = milliseconds % perDay
    if rest < 0 {
      days -= 1
      rest += perDay
    }
    millisecondOfDay = rest
    // Count from 0000-03-01, so that a leap day is the last day of its year; 400 years are one
    // cycle of 146,097 days.
    days += 719_468
    let cycle = (days >= 0 ? days : days - 146_096) / 146_097
    let dayOfCycle = days - cycle * 146_097
    let yearOfCycle =
      (dayOfCycle - dayOfCycle / 1460 + dayOfCycle / 36_524 - dayOfCycle / 146_096) / 365
    let dayOfYear = dayOfCycle - (365 * yearOfCycle + yearOfCycle / 4 - yearOfCycle / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
    month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    year = yearOfCycle + cycle * 400 + (month <= 2 ? 1 : 0)
  }

  /// `2026-01-01 12:00:00,123`, as Kafka writes it.
  var kafka: String { "\(date) \(time),\(fraction)" }

  /// `2026-01-01T12:00:00.123Z`; the moment must be in UTC.
  package var iso8601: String { "\(date)T\(time).\(fraction)Z" }

  private var date: String { "\(Self.padded(year, 4))-\(Self.padded(month))-\(Self.padded(day))" }

  private var time: String {
    let second = millisecondOfDay / 1000
    return [second / 3600, second / 60 % 60, second % 60].map { Self.padded($0) }
      .joined(separator: ":")
  }

  private var fraction: String { Self.padded(millisecondOfDay % 1000, 3) }

  package enum Field: Sendable {
    case year, month, day, hour, minute, second, millisecond
  }

  package func value(of field: Field) -> Int64 {
    switch field {
    case .year: year
    case .month: month
    case .day: day
    case .hour: millisecondOfDay / 3_600_000
    case .minute: millisecondOfDay / 60_000 % 60
    case .second: millisecondOfDay / 1_000 % 60
    case .millisecond: millisecondOfDay % 1_000
    }
  }

  private static func padded(_ number: Int64, _ width: Int = 2) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }
}
