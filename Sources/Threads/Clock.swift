import Glibc

/// The system's clocks.
package enum Clock {
  package static func epochMilliseconds() -> Int64 {
    let time = read(CLOCK_REALTIME)
    return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
  }

  /// Milliseconds that never jump, from an arbitrary start.
  package static func monotonicMilliseconds() -> Int64 {
    let time = read(CLOCK_MONOTONIC)
    return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
  }

  /// So long from now, on that clock; what no clock reaches is `.max`.
  package static func monotonicDeadline(afterMilliseconds milliseconds: Int64) -> Int64 {
    let (deadline, isBeyond) = monotonicMilliseconds().addingReportingOverflow(milliseconds)
    return isBeyond ? .max : deadline
  }

  /// The same, finer.
  package static func monotonicMicroseconds() -> Int64 {
    let time = read(CLOCK_MONOTONIC)
    return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000
  }

  private static func read(_ clock: clockid_t) -> timespec {
    var time = timespec()
    clock_gettime(clock, &time)
    return time
  }
}
