import Glibc

/// Standard output and error, the wall clock and the time zone, as logging uses them.
package enum LogOutput {
  package static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

  /// Writes the line with one system call, so that lines of several threads do not mix and nothing
  /// waits in a buffer when the process dies.
  package static func write(_ line: String, to descriptor: Int32 = STDOUT_FILENO) {
    var rest = Array(line.utf8)[...]
    while !rest.isEmpty {
      let written = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if written > 0 {
        rest = rest.dropFirst(written)
      } else if errno != EINTR {
        // There is no reader any more, and there is no other place to say so.
        return
      }
    }
  }

  /// Milliseconds since the epoch.
  package static func now() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
  }

  /// How far local time is ahead of UTC at a moment.
  package static func utcOffsetSeconds(_ milliseconds: Int64) -> Int {
    var seconds = time_t(milliseconds / 1000)
    var local = tm()
    guard localtime_r(&seconds, &local) != nil else { return 0 }
    return local.tm_gmtoff
  }
}
