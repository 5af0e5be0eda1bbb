import ActaClient
import Arguments

/// What `kafka-configs --alter` is to change.
struct ConfigChanges: Sendable {
  let added: [String: String]
  let deleted: [String]

  /// - Throws: `ToolError` in Kafka's words; `ClientSetupFailure` for a file that cannot be read.
  init(_ invocation: Invocation) throws {
    var added: [String: String] = [:]
    if let path = invocation[ConfigOptions.addConfigFile] {
      added = try ClientSetupFailure.properties(of: path)
    }
    if let text = invocation[ConfigOptions.addConfig] {
      for (key, value) in try Self.pairs(text) { added[key] = value }
    }
    self.added = added
    deleted = invocation[ConfigOptions.deleteConfig]
      .flatMap { $0.split(separator: ",", omittingEmptySubsequences: false) }
      .map { String($0).trimmingBlanks }
    for key in added.keys.sorted() { try Self.check(key) }
  }

  /// As requests have them.
  ///
  /// - Throws: `ToolError` in a broker's words for what is both set and taken back.
  func forResource() throws(ToolError) -> [String: ConfigChange] {
    guard Set(deleted).isDisjoint(with: added.keys) else {
      throw ToolError(
        "org.apache.kafka.common.errors.InvalidRequestException: Error due to duplicate config keys"
      )
    }
    let deletions = deleted.map { ($0, ConfigChange.delete) }
    return Dictionary(deletions) { $1 }.merging(added.mapValues { .set($0) }) { $1 }
  }

  /// What is to be changed, by name.
  var names: Set<String> { Set(deleted).union(added.keys) }

  /// `k1=v1,k2=[v1,v2]`: what stands in brackets is neither split at commas nor at equals signs.
  private static func pairs(_ text: String) throws(ToolError) -> [(String, String)] {
    var pairs: [(String, String)] = []
    for entry in split(text, at: ",") {
      let parts = split(entry, at: "=")
      let isEmptied = parts.count == 1 && entry.utf8.last == UInt8(ascii: "=")
      guard parts.count == 2 || isEmptied else {
        throw ToolError(
          "Invalid entity config: all configs to be added must be in the format \"key=val\" or  "
            + "\"key=[val1,val2]\" to group values which contain commas.")
      }
      let value = isEmptied ? "" : parts[1].filter { $0 != "[" && $0 != "]" }
      pairs.append((parts[0].trimmingBlanks, value.trimmingBlanks))
    }
    return pairs
  }

  /// At separators behind which no bracket closes that has not been opened there; what is empty at the end does not
  /// count, unless it is all there is, as Java splits.
  private static func split(_ text: String, at separator: Character) -> [String] {
    var parts: [Substring] = []
    var end = text.endIndex
    var isGrouped = false
    for place in text.indices.reversed() {
      switch text[place] {
      case "]": isGrouped = true
      case "[": isGrouped = false
      case separator where !isGrouped:
        parts.append(text[text.index(after: place)..<end])
        end = place
      default: break
      }
    }
    parts = (parts + [text[..<end]]).reversed()
    if parts.count > 1 { while parts.last?.isEmpty == true { parts.removeLast() } }
    return parts.map(String.init)
  }

  private static func check(_ key: String) throws(ToolError) {
    let isPlain = key.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"):
        true
      default: byte == UInt8(ascii: ".") || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
      }
    }
    if !isPlain { throw ToolError("Invalid character found for config key: \(key)") }
  }
}
