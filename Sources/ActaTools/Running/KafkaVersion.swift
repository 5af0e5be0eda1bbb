/// Kafka's release whose command lines these are.
package enum KafkaVersion {
  /// What its tools say to `--version`, and so do ours: scripts ask it which options there are.
  package static let current = "4.4.0"
}
