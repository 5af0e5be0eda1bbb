/// Where a broker's value was set, for messages.
package enum ConfigOrigin: Hashable, Sendable {
  case file(line: Int)
  case environment(variable: String)
  /// The flag it came with, such as `--override`.
  case commandLine(flag: String)
  /// A change while the broker runs.
  case runtime
  /// The program in which the broker is embedded.
  case program
}

extension ConfigOrigin: CustomStringConvertible {
  package var description: String {
    switch self {
    case .file(let line): "configuration file, line \(line)"
    case .environment(let variable): "environment variable \(variable)"
    case .commandLine(let flag): "command line, \(flag)"
    case .runtime: "set at run time"
    case .program: "settings of the program"
    }
  }
}
