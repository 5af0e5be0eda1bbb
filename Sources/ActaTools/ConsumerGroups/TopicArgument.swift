import ActaClient

/// `orders:0,1`: some partitions of a topic.
enum TopicArgument {
  /// - Throws: `ArgumentFailure` in Kafka's words.
  static func partitions(_ text: String) throws(ArgumentFailure) -> [TopicPartition] {
    let parts = pieces(text[...], at: ":")
    guard parts.count == 2 else {
      throw ArgumentFailure("Invalid topic arg '\(text)', expected topic name and partitions")
    }
    var partitions: [TopicPartition] = []
    for piece in pieces(parts[1], at: ",") {
      guard let number = Int32(piece) else {
        throw ArgumentFailure("Invalid partition '\(piece)' specified in topic arg '\(text)''")
      }
      partitions.append(TopicPartition(String(parts[0]), number))
    }
    return partitions
  }

  /// As Java splits: without empty ones at the end.
  private static func pieces(_ text: Substring, at separator: Character) -> [Substring] {
    var pieces = text.split(separator: separator, omittingEmptySubsequences: false)
    while pieces.count > 1, pieces.last?.isEmpty == true { pieces.removeLast() }
    return pieces
  }
}
