import ActaModel

/// What `transactional_ids` keeps as JSON, in an order that depends on nothing: ids of partitions `[1,2,…]`,
/// names of groups `["group",…]`. A decoding is `nil` for anything that is not of its shape.
enum TransactionColumns {
  static func encode(_ partitions: Set<PartitionID>) -> String {
    "[" + partitions.map(\.value).sorted().map(String.init).joined(separator: ",") + "]"
  }

  static func encode(_ groups: Set<ExactText>) -> String {
    GroupColumns.encode(
      groups.map(\.text).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
  }

  static func partitions(_ text: String) -> Set<PartitionID>? {
    var text = text
    return text.withUTF8 { bytes -> Set<PartitionID>? in
      var cursor = JSONCursor(UnsafeRawBufferPointer(bytes))
      guard let ids = cursor.array({ $0.integer() }), cursor.isAtEnd(),
        ids.allSatisfy({ Plausible.id.contains($0) })
      else { return nil }
      return Set(ids.map { PartitionID($0) })
    }
  }

  static func groups(_ text: String) -> Set<ExactText>? {
    var text = text
    return text.withUTF8 { bytes in
      GroupColumns.names(UnsafeRawBufferPointer(bytes)).map { Set($0.map { ExactText($0) }) }
    }
  }
}
