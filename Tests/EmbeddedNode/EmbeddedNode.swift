import ActaNode
import Glibc

/// A program of somebody else's with a broker in it, for the end-to-end tests: a node in memory that
/// listens, run until SIGTERM. It uses what a package sees that depends on ours, and nothing else.
///
/// Its arguments are settings, `name=value`; it prints the port of its first listener, and Kafka's word
/// that it is ready.
@main
enum EmbeddedNode {
  static func main() {
    // Before there is another thread, which would take the signal.
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGTERM)
    pthread_sigmask(SIG_BLOCK, &signals, nil)
    // Elsewhere: this thread will not come back to tasks.
    let service = Task.detached { await serve() }
    var signal: Int32 = 0
    sigwait(&signals, &signal)
    service.cancel()
    // The service ends the process.
    while true { pause() }
  }

  private static func serve() async -> Never {
    do {
      let node = try ActaNode(
        .memory, settings: settings, listening: true, log: { print("\($0): \($1)") })
      for (name, port) in node.ports { say("Listener \(name) on 127.0.0.1:\(port)") }
      say("Kafka Server started")
      try await node.run()
      say("Stopped")
      exit(0)
    } catch {
      say("\(error)")
      exit(1)
    }
  }

  private static var settings: [String: String] {
    Dictionary(
      CommandLine.arguments.dropFirst().map { argument in
        let parts = argument.split(separator: "=", maxSplits: 1).map(String.init)
        return (parts[0], parts.count > 1 ? parts[1] : "")
      }, uniquingKeysWith: { _, last in last })
  }

  /// At once: who waits for the line reads from a file.
  private static func say(_ line: String) {
    print(line)
    fflush(nil)
  }
}
