import ActaModel
import Testing

@testable import Coordination

@Suite("The consumer protocol's bytes") struct ConsumerProtocolTests {
  /// By version, with the fields that it has.
  static let subscriptions: [(hex: String, value: ConsumerSubscription)] = {
    let start = "00000002" + "000174" + "0003622d31" + "000000030300ff"
    let owned = "00000001" + "000174" + "00000002" + "0000000000000007"
    let data: [UInt8] = [3, 0, 255]
    let topics = ["t", "b-1"]
    let partitions = [TopicPartition(topic: "t", number: 0), TopicPartition(topic: "t", number: 7)]
    return [
      ("0000" + start, .init(version: 0, topics: topics, userData: data)),
      (
        "0001" + start + owned,
        .init(version: 1, topics: topics, userData: data, owned: partitions)
      ),
      (
        "0002" + start + owned + "00010005",
        .init(version: 2, topics: topics, userData: data, owned: partitions, generation: 65541)
      ),
      (
        "0003" + start + owned + "00010005" + "00027231",
        .init(
          version: 3, topics: topics, userData: data, owned: partitions, generation: 65541,
          rackID: "r1")
      ),
      ("000300000000" + "ffffffff" + "00000000" + "ffffffff" + "ffff", .init(topics: [])),
    ]
  }()

  static let assignment = (
    hex: "0001" + "00000002" + "000174" + "00000002" + "0000000000000007" + "000175"
      + "00000001" + "00000003" + "ffffffff",
    value: ConsumerAssignment(
      version: 1,
      partitions: [
        .init(topic: "t", number: 0), .init(topic: "t", number: 7), .init(topic: "u", number: 3),
      ])
  )

  @Test("subscriptions of every version are read and written", arguments: subscriptions)
  func subscription(hex: String, value: ConsumerSubscription) {
    #expect(ConsumerSubscription(reading: bytes(hex)) == value)
    #expect(value.bytes == bytes(hex))
  }

  @Test("assignments are read and written")
  func assignments() {
    #expect(ConsumerAssignment(reading: bytes(Self.assignment.hex)) == Self.assignment.value)
    #expect(Self.assignment.value.bytes == bytes(Self.assignment.hex))
    let empty = ConsumerAssignment(version: 0, partitions: [], userData: [1])
    #expect(ConsumerAssignment(reading: empty.bytes) == empty)
  }

  @Test("a later version is read as the highest that is known, whatever follows")
  func laterVersion() {
    let latest = Self.subscriptions[3]
    let later = ConsumerSubscription(reading: bytes("0009" + latest.hex.dropFirst(4) + "abcd"))
    #expect(later?.rackID == "r1")
    #expect(later?.owned == latest.value.owned)
    #expect(ConsumerAssignment(reading: bytes("7fff" + Self.assignment.hex.dropFirst(4))) != nil)
    #expect(ConsumerAssignment(reading: bytes("ffff" + Self.assignment.hex.dropFirst(4))) == nil)
  }

  @Test("no truncation parses", arguments: subscriptions.map(\.hex))
  func truncations(hex: String) {
    let whole = bytes(hex)
    for count in 0..<whole.count {
      #expect(ConsumerSubscription(reading: Array(whole.prefix(count))) == nil)
    }
    let assignment = bytes(Self.assignment.hex)
    for count in 0..<assignment.count {
      #expect(ConsumerAssignment(reading: Array(assignment.prefix(count))) == nil)
    }
  }

  @Test(
    "lengths that are not there, texts with a zero byte and null arrays do not parse",
    arguments: [
      "0000" + "7fffffff" + "000174" + "ffffffff",  // more topics than bytes
      "0000" + "ffffffff" + "ffffffff",  // null topics
      "0000" + "00000001" + "ffff" + "ffffffff",  // a null topic
      "0000" + "00000001" + "000100" + "ffffffff",  // a zero byte
      "0000" + "00000000" + "fffffffe",  // user data of -2 bytes
      "0001" + "00000000" + "ffffffff" + "00000001" + "000174" + "40000000",
    ])
  func malformed(hex: String) {
    #expect(ConsumerSubscription(reading: bytes(hex)) == nil)
  }

  @Test(
    "topics are read as of version 0, whatever version a subscription claims to be",
    arguments: [
      "0000", "0001",  // ends after its user data, as @platformatic/kafka's do
      "0003", "7fff", "ffff",
    ])
  func topicsOnly(version: String) {
    let start = version + "00000002" + "000174" + "0003622d31" + "000000030300ff"
    #expect(ConsumerSubscription.topics(in: bytes(start)) == ["t", "b-1"])
    #expect(ConsumerSubscription.topics(in: bytes(start + "ffffff")) == ["t", "b-1"])
    #expect(ConsumerSubscription.topics(in: bytes(String(start.dropLast(2)))) == nil)
    #expect(ConsumerSubscription.topics(in: bytes(String(version.dropLast(2)))) == nil)
  }

  @Test("an assignment that ends after its partitions says what they are")
  func partitionsOnly() {
    let whole = Self.assignment.hex
    #expect(
      ConsumerAssignment.partitions(in: bytes(String(whole.dropLast(8))))
        == Self.assignment.value.partitions)
    #expect(ConsumerAssignment.partitions(in: bytes(String(whole.dropLast(10)))) == nil)
  }

  @Test("names that are not UTF-8 are read with replacement characters")
  func replacedNames() {
    let read = ConsumerSubscription.topics(in: bytes("0000" + "00000001" + "0001ff" + "ffffffff"))
    #expect(read == ["\u{fffd}"])
  }

  @Test("bytes that were tampered with are read or refused, and nothing else")
  func garbage() {
    var random = SplitMix(seed: 7)
    for _ in 0..<20_000 {
      var message = bytes(Self.subscriptions[3].hex)
      for _ in 0...random.below(4) {
        message[random.below(message.count)] = UInt8(random.below(256))
      }
      if let read = ConsumerSubscription(reading: message) {
        #expect(read.version > 3 || ConsumerSubscription(reading: read.bytes) == read)
      }
      _ = ConsumerAssignment(reading: message)
    }
  }

  private func bytes(_ hex: String) -> [UInt8] {
    var digits = hex.map { UInt8($0.hexDigitValue ?? 0) }[...]
    var bytes: [UInt8] = []
    while let high = digits.popFirst(), let low = digits.popFirst() {
      bytes.append(high << 4 | low)
    }
    return bytes
  }
}

/// Random numbers that a seed repeats.
struct SplitMix {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }

  mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }
}
