import Synchronization
import Testing

@testable import KafkaConfig

@Suite("Live configuration") struct LiveConfigTests {
  @Test("each change is a new version, and whoever asks gets the newest")
  func versions() throws {
    let live = LiveConfig(try BrokerConfig())
    #expect(live.snapshot.version == 1)
    #expect(live.current.messageMaxBytes == 1_048_588)
    live.replace(with: try BrokerConfig(["message.max.bytes": "1000"]))
    #expect(live.snapshot.version == 2)
    #expect(live.current.messageMaxBytes == 1000)
  }

  @Test("what was handed out stays as it was")
  func snapshot() throws {
    let live = LiveConfig(try BrokerConfig())
    let before = live.snapshot
    live.replace(with: try BrokerConfig(["num.partitions": "3"]))
    #expect(before.config.numPartitions == 1)
    #expect(live.current.numPartitions == 3)
  }

  @Test("observers are told after each change, and see it")
  func observers() throws {
    let live = LiveConfig(try BrokerConfig())
    let seen = Mutex<[Int]>([])
    live.observe { seen.withLock { $0.append(live.current.numPartitions) } }
    for count in [2, 5] {
      live.replace(with: try BrokerConfig(["num.partitions": "\(count)"]))
    }
    #expect(seen.withLock(\.self) == [2, 5])
  }

  @Test("a broker keeps its id")
  func id() async {
    await #expect(processExitsWith: .failure) {
      let live = LiveConfig(try BrokerConfig())
      live.replace(with: try BrokerConfig(["node.id": "7"]))
    }
  }

  @Test("a broker keeps its listeners")
  func listeners() async {
    await #expect(processExitsWith: .failure) {
      let live = LiveConfig(try BrokerConfig())
      live.replace(with: try BrokerConfig(["listeners": "PLAINTEXT://127.0.0.1:1"]))
    }
  }
}
