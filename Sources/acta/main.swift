import Glibc
import KafkaConfig
import Logging
import SQLiteLogStorage

var data = "acta.db"
var settings: [ConfigLayers.Setting] = []
var arguments = CommandLine.arguments.dropFirst()
_ = arguments.popFirst()
while let flag = arguments.popFirst() {
  let value = arguments.popFirst() ?? ""
  switch flag {
  case "--data": data = value
  case "--listeners": settings.append(.init("listeners", value, from: .commandLine(flag: flag)))
  case "--advertised-listeners":
    settings.append(.init("advertised.listeners", value, from: .commandLine(flag: flag)))
  case "--override":
    let parts = value.split(separator: "=", maxSplits: 1)
    settings.append(
      .init(String(parts[0]), String(parts[1]), from: .commandLine(flag: flag)))
  default: break
  }
}
var logger = Logger(label: "acta")
let config = try BrokerConfig(ConfigLayers(commandLine: settings), hostName: "localhost")
signal(SIGPIPE, SIG_IGN)
var set = sigset_t()
sigemptyset(&set)
sigaddset(&set, SIGTERM)
sigaddset(&set, SIGINT)
pthread_sigmask(SIG_BLOCK, &set, nil)
let node = try Node.start(config, location: .file(data), logger: logger)
for l in node.listeners { print("listening on \(l.name)://\(l.host):\(l.port)") }
print("Transitioning from RECOVERY to RUNNING.")
print("Kafka Server started")
var received: Int32 = 0
sigwait(&set, &received)
try node.stop()
