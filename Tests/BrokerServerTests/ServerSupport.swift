import Glibc
import Logging
import Synchronization
import Testing
import Threads

@testable import BrokerServer

/// A server for the length of `body`, with the port of its first listener.
func withServer(
  _ configuration: ServerConfiguration = .test,
  _ body: (_ port: Int, _ broker: FakeBroker, _ server: BrokerServer) throws -> Void
) throws {
  let broker = FakeBroker()
  let server = BrokerServer(
    configuration: configuration, handler: broker, logger: .disabled)
  let port = try server.start()[0].port
  do { try body(port, broker, server) } catch {
    server.shutdown(graceMilliseconds: 0)
    throw error
  }
  server.shutdown(graceMilliseconds: 0)
  #expect(server.metrics.connections == 0)
}

extension ServerConfiguration {
  /// Two event loops and a free port on loopback.
  static var test: ServerConfiguration {
    ServerConfiguration(listeners: [.init(name: "PLAINTEXT", host: "127.0.0.1", port: 0)])
      .with(\.eventLoops, 2)
  }

  /// With one of the limits that may change while a server runs, which stays as it is.
  func limited<Value>(_ path: WritableKeyPath<ServerLimits, Value>, _ value: Value) -> Self {
    var limits = limits()
    limits[keyPath: path] = value
    return with(\.limits, { [limits] in limits })
  }

  func with<Value>(_ path: WritableKeyPath<Self, Value>, _ value: Value) -> Self {
    var copy = self
    copy[keyPath: path] = value
    return copy
  }
}

/// A Boolean that threads share.
final class Flag: Sendable {
  private let state = Atomic<Bool>(false)
  var value: Bool {
    get { state.load(ordering: .acquiring) }
    set { state.store(newValue, ordering: .releasing) }
  }
}

struct TimedOut: Error, CustomStringConvertible {
  let description: String
}

/// Polls for what nobody announces, at most ten seconds.
func waitUntil(_ what: String, _ condition: () -> Bool) throws {
  let deadline = Clock.monotonicMilliseconds() + 10_000
  while !condition() {
    if Clock.monotonicMilliseconds() > deadline {
      throw TimedOut(description: "not in 10 s: \(what)")
    }
    sched_yield()
  }
}

func raiseFileLimit(to count: rlim_t) throws {
  var limit = rlimit()
  getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
  if limit.rlim_cur >= count { return }
  limit.rlim_cur = min(count, limit.rlim_max)
  setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
}

func residentBytes() -> Int {
  let file = fopen("/proc/self/statm", "r")
  defer { fclose(file) }
  var line = [CChar](repeating: 0, count: 256)
  guard fgets(&line, 256, file) != nil else { return 0 }
  let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  return Int(text.split(separator: " ")[1])! * Int(getpagesize())
}
