/// Where in a trace something is, as W3C's Trace Context writes it:
/// `00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01`.
public struct TraceContext: Hashable, Sendable {
  /// Never 0.
  public let traceID: UInt128
  /// Never 0.
  public let spanID: UInt64
  /// Whether whoever made it keeps the trace.
  public let isSampled: Bool
  /// What tracing systems pass on of their own; `nil` if nothing.
  public let state: String?

  /// - Returns: `nil` where an id is 0.
  public init?(traceID: UInt128, spanID: UInt64, isSampled: Bool, state: String? = nil) {
    guard traceID != 0, spanID != 0 else { return nil }
    self.traceID = traceID
    self.spanID = spanID
    self.isSampled = isSampled
    self.state = state
  }

  /// - Parameter text: A `traceparent`. Of versions that are not known yet what is known is read.
  /// - Returns: `nil` for anything else.
  public init?(traceparent text: String, state: String? = nil) {
    let bytes = Array(text.utf8)
    guard bytes.count >= 55, [2, 35, 52].allSatisfy({ bytes[$0] == UInt8(ascii: "-") }),
      let version = Self.number(bytes[0..<2], as: UInt8.self), version != 0xff,
      version == 0 ? bytes.count == 55 : bytes.count == 55 || bytes[55] == UInt8(ascii: "-"),
      let traceID = Self.number(bytes[3..<35], as: UInt128.self),
      let spanID = Self.number(bytes[36..<52], as: UInt64.self),
      let flags = Self.number(bytes[53..<55], as: UInt8.self)
    else { return nil }
    self.init(traceID: traceID, spanID: spanID, isSampled: flags & 1 == 1, state: state)
  }

  /// The header's value, in version 00.
  public var traceparent: String {
    "00-\(Self.digits(traceID, 32))-\(Self.digits(spanID, 16))-\(isSampled ? "01" : "00")"
  }

  /// Small hexadecimal digits only.
  private static func number<Value: FixedWidthInteger>(
    _ digits: ArraySlice<UInt8>, as type: Value.Type
  ) -> Value? {
    var number: Value = 0
    for digit in digits {
      switch digit {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): number = number << 4 | Value(digit - 0x30)
      case UInt8(ascii: "a")...UInt8(ascii: "f"): number = number << 4 | Value(digit - 0x57)
      default: return nil
      }
    }
    return number
  }

  private static func digits(_ number: some BinaryInteger, _ count: Int) -> String {
    let text = String(number, radix: 16)
    return String(repeating: "0", count: count - text.utf8.count) + text
  }
}

extension TraceContext {
  private static let parentName = "traceparent"
  private static let stateName = "tracestate"

  init?(in headers: [Header]) {
    func text(_ name: String) -> String? {
      // The last one counts, as in Kafka's `lastHeader`.
      headers.last { $0.name == name }?.value.map { String(decoding: $0, as: UTF8.self) }
    }
    guard let parent = text(Self.parentName) else { return nil }
    self.init(traceparent: parent, state: text(Self.stateName))
  }

  /// Takes the place of what the headers say.
  func write(into headers: inout [Header]) {
    headers.removeAll { $0.name == Self.parentName || $0.name == Self.stateName }
    headers.append(Header(Self.parentName, traceparent))
    if let state { headers.append(Header(Self.stateName, state)) }
  }
}
