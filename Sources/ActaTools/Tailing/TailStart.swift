import Arguments

/// Where reading begins in each partition, as kcat's `-o` has it.
enum TailStart: Hashable, Sendable {
  case beginning
  case end
  /// So many records before the end.
  case relative(Int64)
  case offset(Int64)
  /// Milliseconds since 1970.
  case time(Int64)

  init?(_ text: String) {
    switch text {
    case "beginning": self = .beginning
    case "end": self = .end
    default:
      if text.hasPrefix("s@") {
        guard let time = Int64(text.dropFirst(2)), time >= 0 else { return nil }
        self = .time(time)
      } else {
        guard let number = Int64(text), number > .min else { return nil }
        self = text.hasPrefix("-") ? .relative(-number) : .offset(number)
      }
    }
  }

  var text: String {
    switch self {
    case .beginning: "beginning"
    case .end: "end"
    case .relative(let count): "-\(count)"
    case .offset(let offset): "\(offset)"
    case .time(let time): "s@\(time)"
    }
  }

  static let type = ValueType<TailStart>(
    expectation: "beginning, end, -N, N or s@T", mayBeginWithDash: true, read: { TailStart($0) },
    text: { $0.text })

  /// - Parameters:
  ///   - first: The first offset there is.
  ///   - end: That of the record that comes next.
  ///   - atTime: Of the first record of the time; `nil` if there is none.
  func offset(first: Int64, end: Int64, atTime: Int64?) -> Int64 {
    switch self {
    case .beginning: first
    case .end: end
    case .relative(let count): max(first, end.subtractingReportingOverflow(count).partialValue)
    case .offset(let offset): offset
    case .time: atTime ?? end
    }
  }
}
