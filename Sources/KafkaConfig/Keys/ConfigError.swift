/// Why a configuration was refused. The description is a sentence for the user; where Kafka has one,
/// it is Kafka's, since tools show it and scripts look for it.
package enum ConfigError: Error, Hashable, Sendable {
  /// The value as given, the key, and what is wrong with it.
  case invalidValue(String, name: String, reason: String)
  case unknownTopicConfig(String)
  /// A key that no broker knows, where it was set, and the key it resembles most.
  case unknownKey(String, origin: ConfigOrigin, nearest: String?)
  /// Settings that contradict each other, or ask for what cannot be done.
  case conflict(String)
  /// A properties file that is not one.
  case malformedFile(line: Int, reason: String)
}

extension ConfigError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .invalidValue(let value, let name, let reason):
      return "Invalid value \(value) for configuration \(name): \(reason)"
    case .unknownTopicConfig(let name):
      return "Unknown topic config name: \(name)"
    case .unknownKey(let name, let origin, let nearest):
      let hint = nearest.map { "; did you mean \($0)?" } ?? "."
      return "Unknown configuration \(name) (\(origin))\(hint)"
    case .conflict(let sentence):
      return sentence
    case .malformedFile(let line, let reason):
      return "The configuration file is malformed in line \(line): \(reason)"
    }
  }
}
