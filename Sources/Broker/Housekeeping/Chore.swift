import KafkaConfig

/// Something that is to be done again and again, a time after it was last done: one kind of thing that
/// the broker forgets or deletes by age.
protocol Chore: Sendable {
  /// As a notice names it.
  var name: String { get }

  /// From the end of one pass to the beginning of the next.
  func intervalMilliseconds(_ config: BrokerConfig) -> Int64

  /// One pass, which must not block; `done` is called once, on any thread, when it is over. What a pass
  /// was refused is left to the next one.
  ///
  /// - Parameter now: Epoch milliseconds, from a clock that is trusted.
  func run(at now: Int64, _ config: BrokerConfig, done: @escaping @Sendable () -> Void)
}
