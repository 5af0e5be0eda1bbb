import ActaCLI
import Arguments

/// What the records of a performance test hold.
struct Payloads: Sendable {
  private enum Kind: Sendable {
    /// So many random letters.
    case letters(Int)
    case chosen([[UInt8]])
    /// The number of the record.
    case numbers
  }

  private typealias Options = ProducerPerfOptions

  private let kind: Kind
  private let distribution: KeyDistribution
  private let keyRange: Int64
  private var random: SeededNumbers

  /// - Throws: `UsageError` in Kafka's words; `ToolError` for a file that cannot be read.
  init(_ invocation: Invocation, _ console: Console) throws {
    distribution = invocation[Options.keyDistribution]
    keyRange = invocation[Options.keyRange] ?? 1
    random = SeededNumbers(seed: UInt64(bitPattern: invocation[Options.seed]))
    if let size = invocation[Options.recordSize] {
      kind = .letters(Int(size))
    } else if let path = invocation[Options.payloadFile] {
      kind = .chosen(try Self.read(path, invocation[Options.delimiter], console))
    } else {
      kind = .numbers
    }
  }

  private static func read(
    _ path: String, _ delimiter: String, _ console: Console
  ) throws -> [[UInt8]] {
    console.output.write("Reading payloads from: \(path)\n")
    let text = try Surroundings.text(ofFile: path)
    let separator = Array((delimiter == #"\n"# ? "\n" : delimiter).utf8)
    var payloads: [[UInt8]] = []
    var rest = Array(text.utf8)[...]
    while let place = rest.firstPlace(of: separator), !separator.isEmpty {
      payloads.append(Array(rest[..<place]))
      rest = rest[(place + separator.count)...]
    }
    if !rest.isEmpty { payloads.append(Array(rest)) }
    while payloads.last?.isEmpty == true { payloads.removeLast() }
    if payloads.isEmpty { throw ToolError("File does not exist or empty file provided.") }
    console.output.write("Number of records read: \(payloads.count)\n")
    return payloads
  }

  mutating func value(_ number: Int64) -> [UInt8] {
    switch kind {
    case .letters(let count): letters(count)
    case .chosen(let payloads): payloads[Int(random.next() % UInt64(payloads.count))]
    case .numbers: Array("\(number)".utf8)
    }
  }

  mutating func key(_ number: Int64) -> [UInt8]? {
    switch distribution {
    case .none: nil
    case .range: Array("\(number % keyRange)".utf8)
    case .random: Array("\(random.next() % UInt64(keyRange))".utf8)
    }
  }

  /// From A to Z, eight of a random number.
  private mutating func letters(_ count: Int) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      var place = 0
      while place < count {
        var bits = random.next()
        for _ in 0..<min(8, count - place) {
          buffer[place] = UInt8(ascii: "A") + UInt8(truncatingIfNeeded: (bits & 0xff) * 26 >> 8)
          bits >>= 8
          place += 1
        }
      }
      filled = count
    }
  }
}

/// SplitMix64: fast, and the same for the same seed.
struct SeededNumbers: RandomNumberGenerator, Sendable {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
    return mixed ^ mixed >> 31
  }
}
