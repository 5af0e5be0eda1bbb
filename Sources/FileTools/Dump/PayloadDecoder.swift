/// How keys and values are shown: Kafka's decoders of `org.apache.kafka.tools.api`.
package enum PayloadDecoder: String, CaseIterable, Sendable {
  case string = "StringDecoder"
  case long = "LongDecoder"
  case integer = "IntegerDecoder"
  /// The bytes; Kafka's prints the name that Java gives an array.
  case bytes = "DefaultDecoder"

  /// - Parameter className: With its package or without, of today or as it was before Kafka 4.0.
  package init?(className: String) {
    let name = className.split(separator: ".").last.map { String($0) } ?? ""
    guard let decoder = PayloadDecoder(rawValue: name) else { return nil }
    self = decoder
  }

  func append(_ bytes: UnsafeRawBufferPointer, to text: inout [UInt8]) throws(PayloadError) {
    switch self {
    case .string, .bytes: text += bytes
    case .long: text += "\(try number(bytes, as: Int64.self))".utf8
    case .integer: text += "\(try number(bytes, as: Int32.self))".utf8
    }
  }

  private func number<T: FixedWidthInteger & BitwiseCopyable>(
    _ bytes: UnsafeRawBufferPointer, as type: T.Type
  ) throws(PayloadError) -> T {
    guard bytes.count >= MemoryLayout<T>.size else {
      throw PayloadError(decoder: self, expected: MemoryLayout<T>.size, found: bytes.count)
    }
    return T(bigEndian: bytes.loadUnaligned(as: T.self))
  }
}

/// A key or value is too short for its decoder.
package struct PayloadError: Error, Equatable, CustomStringConvertible {
  package let decoder: PayloadDecoder
  package let expected: Int
  package let found: Int

  package var description: String {
    "\(decoder.rawValue) needs \(expected) bytes, and there are \(found): choose another decoder for the key"
      + " or the value, or leave it out."
  }
}
