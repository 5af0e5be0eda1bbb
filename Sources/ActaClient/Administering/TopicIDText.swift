import ActaModel
import ClientCore

/// A topic's id as Kafka writes it: 22 letters of URL-safe base64 for 16 bytes.
enum TopicIDText {
  private static let letters = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

  /// `nil` for zero, which is no id.
  static func text(of id: TopicID) -> String? {
    if id.isZero { return nil }
    let bits = UInt128(id.high) << 64 | UInt128(id.low)
    // 128 bits are 21 letters and two bits.
    let text = (0..<22).map { place in
      let digit = place < 21 ? bits >> (122 - 6 * place) : bits << 4
      return letters[Int(digit & 63)]
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// `nil` for what is no id.
  static func id(_ text: String) -> TopicID? {
    guard text.utf8.count == 22 else { return nil }
    var bits: UInt128 = 0
    for (place, letter) in text.utf8.enumerated() {
      guard let digit = letters.firstIndex(of: letter) else { return nil }
      bits = place < 21 ? bits << 6 | UInt128(digit) : bits << 2 | UInt128(digit >> 4)
    }
    return TopicID(high: UInt64(bits >> 64), low: UInt64(truncatingIfNeeded: bits))
  }

  /// Ids as a program gives them, and what it will find them by.
  ///
  /// - Throws: `KafkaError` for what is no id.
  static func texts(of ids: some Sequence<String>) throws(KafkaError) -> [TopicID: String] {
    var texts: [TopicID: String] = [:]
    for text in ids {
      guard let id = id(text) else {
        throw KafkaError(
          ClientFailure(.invalidArgument, "'\(text)' is no topic's id, which has 22 letters."))
      }
      texts[id] = text
    }
    return texts
  }
}
