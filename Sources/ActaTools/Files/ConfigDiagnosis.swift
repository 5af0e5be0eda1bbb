import ActaCLI
import Arguments
import FileTools
import Glibc
import KafkaConfig

/// What a broker would make of a configuration.
struct ConfigDiagnosis {
  private let path: String
  private let console: Console

  init(_ path: String, _ console: Console) {
    self.path = path
    self.console = console
  }

  func run() -> [Advice] {
    do {
      return advice(try settings())
    } catch {
      return [Advice(.problem, "configuration", "\(error)")]
    }
  }

  private func settings() throws -> ServeSettings {
    let outcome = CommandPath(ServeArguments.command).parse(["--config", path])
    guard case .run(let invocation) = outcome else { throw ToolError("\(path) cannot be named.") }
    return try ServeArguments(invocation).settings(
      environment: console.environment, fileText: try Surroundings.text(ofFile: path),
      hostName: Surroundings.hostName())
  }

  private func advice(_ settings: ServeSettings) -> [Advice] {
    settings.warnings.map { Advice(.problem, "configuration", $0) }
      + settings.notices.map { Advice(.note, "configuration", $0) }
      + settings.config.listeners.flatMap { advice($0) }
      + [Advice(.ok, "configuration", "The log's file is \(settings.dataPath).")]
  }

  private func advice(_ listener: Listener) -> [Advice] {
    let port = listener.advertisedPort.map { "\($0)" } ?? "\(listener.port)"
    let told = "\(listener.advertisedHost):\(port)"
    let listens = listener.host.isEmpty ? "every interface" : listener.host
    var advice = [
      Advice(
        .ok, "listener \(listener.name)",
        "Clients that come to \(listens), port \(listener.port), are told to connect to \(told).")
    ]
    if HostName.addresses(listener.advertisedHost).isEmpty {
      advice.append(
        Advice(
          .problem, "listener \(listener.name)",
          "\(listener.advertisedHost) cannot be resolved here: set advertised.listeners to a name that clients know."
        ))
    } else if HostName.isLoopback(listener.advertisedHost), !HostName.isLoopback(listener.host) {
      advice.append(
        Advice(
          .problem, "listener \(listener.name)",
          "It listens for other machines, and tells them to connect to \(listener.advertisedHost), which is "
            + "themselves: set advertised.listeners."))
    }
    return advice
  }
}
