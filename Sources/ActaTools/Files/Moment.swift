import ActaCLI
import Arguments
import Glibc

/// A time on a command line: epoch milliseconds, `2026-01-31`, `2026-01-31T12:30`, `2026-01-31T12:30:00.5Z` (UTC, unless
/// it names another offset), or how long ago: `90s`, `15m`, `1h`, `7d`.
enum Moment {
  static let type = ValueType<Int64>(
    expectation:
      "a time like 2026-01-31T12:30:00Z, an age like 15m, 1h or 7d, or epoch milliseconds",
    read: { milliseconds($0, now: LogOutput.now()) }, text: { "\($0)" })

  static func milliseconds(_ text: String, now: Int64) -> Int64? {
    if let number = Int64(text) { return number }
    if let age = age(text) { return now - age }
    return date(text)
  }

  private static let units: [Character: Int64] = [
    "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000,
  ]

  private static func age(_ text: String) -> Int64? {
    guard let last = text.last, let unit = units[last], let count = Int64(text.dropLast()),
      count >= 0
    else { return nil }
    let (age, overflow) = count.multipliedReportingOverflow(by: unit)
    return overflow ? nil : age
  }

  private static func date(_ text: String) -> Int64? {
    let halves = text.split(separator: "T", maxSplits: 1).map { String($0) }
    guard let date = halves.first else { return nil }
    let days = date.split(separator: "-").compactMap { Int32($0) }
    guard days.count == 3, date.utf8.count == 10, (1...12).contains(days[1]),
      (1...31).contains(days[2])
    else { return nil }
    var clock = halves.count > 1 ? halves[1] : "00:00"
    guard let offset = takeOffset(&clock) else { return nil }
    let parts = clock.split(separator: ":")
    guard (2...3).contains(parts.count), let hour = Int32(parts[0]), (0...23).contains(hour),
      let minute = Int32(parts[1]), (0...59).contains(minute),
      let second = parts.count > 2 ? Double(parts[2]) : 0, (0..<61).contains(second)
    else { return nil }
    var time = tm()
    time.tm_year = days[0] - 1900
    time.tm_mon = days[1] - 1
    time.tm_mday = days[2]
    time.tm_hour = hour
    time.tm_min = minute
    let seconds = Int64(timegm(&time))
    // A month that has no such day: the C library goes on into the next.
    guard time.tm_mday == days[2] else { return nil }
    return (seconds - offset) * 1_000 + Int64((second * 1_000).rounded())
  }

  /// `Z`, `+02:00`, or nothing; seconds.
  private static func takeOffset(_ clock: inout String) -> Int64? {
    if clock.hasSuffix("Z") {
      clock.removeLast()
      return 0
    }
    guard let sign = clock.lastIndex(where: { $0 == "+" || $0 == "-" }) else { return 0 }
    let parts = clock[clock.index(after: sign)...].split(separator: ":").compactMap { Int64($0) }
    guard parts.count == 2, parts[0] < 24, parts[1] < 60 else { return nil }
    let seconds = parts[0] * 3_600 + parts[1] * 60
    let isBehind = clock[sign] == "-"
    clock = String(clock[..<sign])
    return isBehind ? -seconds : seconds
  }
}
