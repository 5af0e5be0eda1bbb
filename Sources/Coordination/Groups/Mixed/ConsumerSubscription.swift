package import ActaModel

// What consumers put into the opaque bytes of the classic protocol, when the group's protocol type
// is "consumer". Brokers need none of it to run a group; this one reads it to tell people who has
// what, and to know whose committed offsets are still wanted.
//
// Both messages are an int16 version and then fields that are never flexible: strings have an int16
// length, arrays and bytes an int32 one. A later version only ever adds fields at the end, so that
// one which is not known yet is read as the highest that is.
//
//     subscription  topics [string], user data bytes?,
//                   v1: owned partitions [topic string, [int32]], v2: generation int32,
//                   v3: rack id string?
//     assignment    partitions [topic string, [int32]], user data bytes?

/// What a consumer tells the leader: the topics it wants, and from v1 what it has.
package struct ConsumerSubscription: Equatable, Sendable {
  package var version: Int16
  package var topics: [String]
  package var userData: [UInt8]?
  package var owned: [TopicPartition]
  /// In which generation it was given what it has; -1 for none.
  package var generation: Int32
  package var rackID: String?

  package init(
    version: Int16 = 3, topics: [String], userData: [UInt8]? = nil, owned: [TopicPartition] = [],
    generation: Int32 = -1, rackID: String? = nil
  ) {
    self.version = version
    self.topics = topics
    self.userData = userData
    self.owned = owned
    self.generation = generation
    self.rackID = rackID
  }

  /// The topics, which every version begins with; `nil` if the bytes are something else.
  ///
  /// Read as of version 0, whatever version they claim, so that a client which leaves out what a
  /// later version adds, or sends a version not known yet, is understood as far as it must be.
  package static func topics(in bytes: [UInt8]) -> [String]? {
    var reader = ConsumerProtocolReader(bytes)
    guard reader.readInt16() != nil, let beginning = Beginning(&reader) else { return nil }
    return beginning.topics
  }

  /// The version, which stands before everything else.
  package static func version(of bytes: [UInt8]) -> Int16? {
    var reader = ConsumerProtocolReader(bytes)
    return reader.readInt16()
  }

  private struct Beginning {
    let topics: [String]
    let userData: [UInt8]?

    init?(_ reader: inout ConsumerProtocolReader) {
      guard let topics = reader.readArray(minimumBytesEach: 2, { $0.readString() }),
        let userData = reader.readNullableBytes()
      else { return nil }
      self.topics = topics
      self.userData = userData.value
    }
  }

  /// All fields that the version has; `nil` if the bytes are something else.
  package init?(reading bytes: [UInt8]) {
    var reader = ConsumerProtocolReader(bytes)
    guard let version = reader.readInt16(), version >= 0, let beginning = Beginning(&reader) else {
      return nil
    }
    self.init(version: version, topics: beginning.topics, userData: beginning.userData)
    if version >= 1 {
      guard let owned = reader.readPartitions() else { return nil }
      self.owned = owned
    }
    if version >= 2 {
      guard let generation = reader.readInt32() else { return nil }
      self.generation = generation
    }
    if version >= 3 {
      guard let rackID = reader.readNullableString() else { return nil }
      self.rackID = rackID.value
    }
  }

  /// The fields that the version does not have are left out.
  package var bytes: [UInt8] {
    var writer = ConsumerProtocolWriter()
    writer.write(version)
    writer.write(Int32(topics.count))
    for topic in topics { writer.write(topic) }
    writer.write(userData)
    if version >= 1 { writer.write(owned) }
    if version >= 2 { writer.write(generation) }
    if version >= 3 { writer.writeNullable(rackID) }
    return writer.bytes
  }
}
