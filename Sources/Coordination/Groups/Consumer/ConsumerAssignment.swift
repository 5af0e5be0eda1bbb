package import ActaModel

/// What the leader gives a consumer.
package struct ConsumerAssignment: Equatable, Sendable {
  package var version: Int16
  package var partitions: [TopicPartition]
  package var userData: [UInt8]?

  package init(version: Int16 = 3, partitions: [TopicPartition], userData: [UInt8]? = nil) {
    self.version = version
    self.partitions = partitions
    self.userData = userData
  }

  /// The partitions, which every version begins with, even where nothing follows them; `nil` if the
  /// bytes are something else.
  package static func partitions(in bytes: [UInt8]) -> [TopicPartition]? {
    var reader = ConsumerProtocolReader(bytes)
    return reader.readInt16() == nil ? nil : reader.readPartitions()
  }

  /// All fields; `nil` if the bytes are something else.
  package init?(reading bytes: [UInt8]) {
    var reader = ConsumerProtocolReader(bytes)
    guard let version = reader.readInt16(), version >= 0,
      let partitions = reader.readPartitions(), let userData = reader.readNullableBytes()
    else { return nil }
    self.init(version: version, partitions: partitions, userData: userData.value)
  }

  package var bytes: [UInt8] {
    var writer = ConsumerProtocolWriter()
    writer.write(version)
    writer.write(partitions)
    writer.write(userData)
    return writer.bytes
  }
}
