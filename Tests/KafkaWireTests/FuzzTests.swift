import Bytes
import Foundation
import KafkaWire
import Testing

/// Damaged messages: each must end in a message or an error, and a message that was read must come
/// out the same after it is written. `ACTA_FUZZ_SEED` and `ACTA_FUZZ_COUNT` choose another run.
@Suite("Damaged messages") struct FuzzTests {
  private struct Sample {
    let type: MessageType
    let vector: MessageVector
    let bytes: [UInt8]
  }

  private static func setting(_ name: String) -> UInt64? {
    ProcessInfo.processInfo.environment[name].flatMap(UInt64.init)
  }

  private static let seed = setting("ACTA_FUZZ_SEED") ?? .random(in: 0 ... .max)

  private static func samples(_ types: [MessageType]) throws -> [Sample] {
    try types.flatMap { type in
      try type.vectors().map { Sample(type: type, vector: $0, bytes: $0.bytes) }
    }
  }

  @Test("a request damaged anyhow is read or refused")
  func requests() throws {
    try run(
      Self.samples(MessageType.requests), count: Self.setting("ACTA_FUZZ_COUNT") ?? 100_000)
  }

  @Test("a response damaged anyhow is read or refused by a client")
  func responses() throws {
    try run(
      Self.samples(MessageType.all.filter { !$0.isRequest }),
      count: Self.setting("ACTA_FUZZ_COUNT") ?? 20_000)
  }

  @Test("a damaged frame's header is read or refused")
  func headers() throws {
    let frames = try FrameVector.all().filter { $0.kind == "request" }.map(\.bytes)
    var random = SplitMix64(seed: Self.seed)
    var served = 0
    for _ in 0..<20_000 {
      var bytes = Array(frames[Int(random.next() % UInt64(frames.count))].dropFirst(4).prefix(32))
      for _ in 0...(random.next() % 4) { damage(&bytes, &random) }
      var frame = ByteSlice(bytes)
      do throws(WireError) {
        served += try RequestHeader(from: &frame).isServed ? 1 : 0
      } catch {
        // Refused: nothing was taken off.
        if frame.count != bytes.count { Issue.record("seed \(Self.seed): \(hexadecimal(bytes))") }
      }
    }
    #expect(served > 0, "some headers survive")
  }

  /// In a process of its own, because what other tests take would count.
  @Test("damaged requests never make the decoder take 64 MiB")
  func memory() async {
    await #expect(processExitsWith: .success) {
      let samples = try FuzzTests.samples(MessageType.requests)
      let before = try FuzzTests.peakMemory()
      try FuzzTests().run(samples, count: 20_000)
      let taken = try FuzzTests.peakMemory() - before
      precondition(taken < 64 << 20, "the decoder took \(taken) bytes")
    }
  }

  /// The largest memory that was ever resident, in bytes.
  private static func peakMemory() throws -> Int {
    let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") })
    return try #require(Int(line.filter(\.isNumber))) << 10
  }

  private func run(_ samples: [Sample], count: UInt64) throws {
    print("ACTA_FUZZ_SEED=\(Self.seed) ACTA_FUZZ_COUNT=\(count)")
    var random = SplitMix64(seed: Self.seed)
    var read: UInt64 = 0
    for round in 0..<count {
      let sample = samples[Int(random.next() % UInt64(samples.count))]
      var bytes = sample.bytes
      for _ in 0...(random.next() % 4) { damage(&bytes, &random) }
      do {
        let isStable = try sample.type.isStable(ByteSlice(bytes), sample.vector.version)
        read += 1
        let about = "seed \(Self.seed) round \(round): \(hexadecimal(bytes))"
        if !isStable { Issue.record("\(sample.type.name) v\(sample.vector.version) \(about)") }
      } catch is WireError {
        continue
      }
    }
    #expect(read > 0, "some damage leaves a message readable")
    #expect(read < count, "some damage is noticed")
  }

  private func damage(_ bytes: inout [UInt8], _ random: inout SplitMix64) {
    guard !bytes.isEmpty else { return bytes.append(UInt8(truncatingIfNeeded: random.next())) }
    let at = Int(random.next() % UInt64(bytes.count))
    switch random.next() % 7 {
    case 0: bytes[at] ^= 1 << (random.next() % 8)
    case 1: bytes[at] = UInt8(truncatingIfNeeded: random.next())
    case 2: bytes[at] = [0, 1, 0x7f, 0x80, 0xfe, 0xff][Int(random.next() % 6)]
    case 3: bytes.removeSubrange(at...)
    case 4: bytes.remove(at: at)
    case 5: bytes.insert(UInt8(truncatingIfNeeded: random.next()), at: at)
    default:
      let end = min(bytes.count, at + Int(random.next() % 16))
      bytes.insert(contentsOf: Array(bytes[at..<end]), at: Int(random.next() % UInt64(bytes.count)))
    }
  }
}
