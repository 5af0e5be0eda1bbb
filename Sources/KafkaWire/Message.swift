// KafkaWire turns frames into requests and responses into frames, for a broker and for a client. It
// knows layouts and versions, and what bytes it may trust: none. It does not know what a request
// means, where bytes come from, or what is inside a record batch: records pass through as bytes.
//
// Each message is a struct in `Messages/` that names its fields once (see `FieldCoder`); which APIs
// and versions there are stands in `APIVersionTable`.

package import Bytes

/// A request or a response.
package protocol Message: WireStruct {
  static var api: APIKey { get }

  /// About how many bytes of the body are copied, so that the frame's buffer is allocated once.
  var estimatedSize: Int { get }

  /// `fields` run by the reader and by the writer. They have one implementation each, below, and are
  /// requirements only so that every message brings its own, specialised copy along: through a
  /// protocol `fields` would run unspecialised, ten times slower.
  mutating func read(from reader: inout WireReader) throws(WireError)
  mutating func write(to writer: inout WireWriter) throws(WireError)
}

/// What a client sends.
package protocol RequestMessage: Message {
  associatedtype Response: ResponseMessage
}

/// What a broker answers.
package protocol ResponseMessage: Message {}

extension Message {
  package var estimatedSize: Int { 256 }

  package mutating func read(from reader: inout WireReader) throws(WireError) {
    try reader.structure("body", &self)
  }

  package mutating func write(to writer: inout WireWriter) throws(WireError) {
    try writer.structure("body", &self)
  }

  /// The body, without a header.
  package consuming func encode(version: Int16) throws(WireError) -> BytePieces {
    var writer = WireWriter(version: version, isFlexible: try Self.isFlexible(version))
    try write(to: &writer)
    return writer.finish()
  }

  fileprivate static func decode(
    from body: ByteSlice, version: Int16, elementLimit: Int
  ) throws(WireError) -> Self {
    var reader = WireReader(
      body, version: version, isFlexible: try isFlexible(version), elementLimit: elementLimit)
    var message = Self()
    try message.read(from: &reader)
    return message
  }

  /// Whether this version is flexible; an error for a version whose layout is not known, which must
  /// not be read or written by guesswork.
  static func isFlexible(_ version: Int16) throws(WireError) -> Bool {
    guard let versions = APIVersionTable.versions(of: api), versions.range.contains(version) else {
      throw WireError(.unsupportedVersion(version), field: "api_version")
    }
    return versions.isFlexible(version)
  }
}

extension RequestMessage {
  /// Reads a request's body: what follows the header in its frame. Bytes after the last field are
  /// ignored, as Kafka does.
  package static func decode(
    from body: ByteSlice, version: Int16
  ) throws(WireError) -> Self {
    try decode(from: body, version: version, elementLimit: WireReader.requestElementLimit)
  }
}

extension ResponseMessage {
  /// Reads a response's body: what follows the header in its frame.
  package static func decode(
    from body: ByteSlice, version: Int16
  ) throws(WireError) -> Self {
    try decode(from: body, version: version, elementLimit: .max)
  }
}
