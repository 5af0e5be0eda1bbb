/// What the system says of memory at one moment.
struct MemorySample: Equatable, Sendable {
  /// Bytes that this process and those beside it may take together: the machine's, or its control group's.
  var total: Int
  /// Bytes that can be had without taking them from somebody.
  var available: Int
  /// Microseconds in which somebody waited for memory, since some moment long ago; `nil` where nobody counts.
  var stalledMicroseconds: Int?
  /// How often the control group has been held to `memory.high`, since some moment long ago.
  var heldBack = 0
}
