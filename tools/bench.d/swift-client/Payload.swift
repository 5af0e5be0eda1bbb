/// Keys and values as `tools/bench.d/client` (make_payload, send_all) makes them: what the two clients are measured with
/// must pack as well, go to as many partitions and be as long.
struct Payload {
  private static let words = [
    "order", "created", "shipped", "customer", "pending", "paid", "eu-west", "retail",
  ]
  private static let places = 4 << 20
  private static let keys: UInt64 = 10_000_000

  private let bytes: [UInt8]
  private let valueBytes: Int

  init(valueBytes: Int) {
    self.valueBytes = valueBytes
    var state: UInt64 = 0x9E37_79B9_7F4A_7C15
    var text: [UInt8] = []
    let count = valueBytes + Self.places
    text.reserveCapacity(count + 128)
    while text.count < count {
      let random = Self.next(&state)
      let line =
        "{\"id\":\(random % 100_000_000),"
        + "\"\(Self.words[Int(random >> 32 & 7)])\":\"\(Self.words[Int(random >> 36 & 7)])\","
        + "\"total\":\(random >> 40 & 0xFFFFF),\"status\":\"\(Self.words[Int(random >> 61)])\"}"
      text += line.utf8
    }
    bytes = text
  }

  /// xorshift64*
  private static func next(_ state: inout UInt64) -> UInt64 {
    state ^= state >> 12
    state ^= state << 25
    state ^= state >> 27
    return state &* 0x2545_F491_4F6C_DD1D
  }

  /// A multiplicative hash: neighbours begin far from each other, and keys are spread.
  private func place(_ n: Int) -> UInt64 { UInt64(n) &* 2_654_435_761 }

  func value(_ n: Int) -> [UInt8] {
    let start = Int(place(n) % UInt64(Self.places))
    return Array(bytes[start..<start + valueBytes])
  }

  /// `k` and seven digits.
  func key(_ n: Int) -> [UInt8] {
    var rest = UInt32(place(n) % Self.keys)
    return [UInt8](unsafeUninitializedCapacity: 8) { key, count in
      for index in stride(from: 7, through: 1, by: -1) {
        key[index] = UInt8(ascii: "0") + UInt8(rest % 10)
        rest /= 10
      }
      key[0] = UInt8(ascii: "k")
      count = 8
    }
  }
}
