import NIOCore

/// What a client sends.
package protocol RequestMessage: WireStruct {
  associatedtype Response: ResponseMessage
  static var api: APIKey { get }

  /// About how many bytes the body takes, so that the frame is allocated once.
  var estimatedSize: Int { get }
}

/// What a broker answers.
package protocol ResponseMessage: WireStruct {
  static var api: APIKey { get }

  /// About how many bytes the body takes, so that the frame is allocated once.
  var estimatedSize: Int { get }
}

extension RequestMessage {
  package var estimatedSize: Int { 256 }

  /// Reads a request's body: what follows the header in its frame. Bytes after the last field are
  /// ignored, as Kafka does.
  package static func decode(
    from body: ByteBuffer, version: Int16
  ) throws(WireError) -> Self {
    try decodeBody(
      Self(), api: api, from: body, version: version,
      elementLimit: WireReader.requestElementLimit)
  }

  /// Appends the body, without a header.
  package consuming func encode(
    into buffer: inout ByteBuffer, version: Int16
  ) throws(WireError) {
    try encodeBody(self, api: Self.api, into: &buffer, version: version)
  }
}

extension ResponseMessage {
  package var estimatedSize: Int { 256 }

  /// Reads a response's body: what follows the header in its frame.
  package static func decode(
    from body: ByteBuffer, version: Int16
  ) throws(WireError) -> Self {
    try decodeBody(Self(), api: api, from: body, version: version, elementLimit: .max)
  }

  /// Appends the body, without a header.
  package consuming func encode(
    into buffer: inout ByteBuffer, version: Int16
  ) throws(WireError) {
    try encodeBody(self, api: Self.api, into: &buffer, version: version)
  }
}

/// Whether this version of the API is flexible; an error for a version whose layout is not known,
/// which must not be read or written by guesswork.
private func isFlexible(_ api: APIKey, _ version: Int16) throws(WireError) -> Bool {
  guard let versions = APIVersionTable.versions(of: api), versions.range.contains(version) else {
    throw WireError(.unsupportedVersion(version), field: "api_version")
  }
  return versions.isFlexible(version)
}

private func decodeBody<M: WireStruct>(
  _ blank: consuming M, api: APIKey, from body: ByteBuffer, version: Int16, elementLimit: Int
) throws(WireError) -> M {
  var reader = WireReader(
    body, version: version, isFlexible: try isFlexible(api, version), elementLimit: elementLimit)
  var message = blank
  try reader.structure("body", &message)
  return message
}

/// The buffer is moved into the writer and back, never shared, so that nothing is copied; after an
/// error it is as it was.
private func encodeBody<M: WireStruct>(
  _ message: consuming M, api: APIKey, into buffer: inout ByteBuffer, version: Int16
) throws(WireError) {
  let isFlexible = try isFlexible(api, version)
  let start = buffer.writerIndex
  var writer = WireWriter(ByteBuffer(), version: version, isFlexible: isFlexible)
  swap(&writer.buffer, &buffer)
  defer { swap(&writer.buffer, &buffer) }
  do {
    try writer.structure("body", &message)
  } catch {
    writer.buffer.moveWriterIndex(to: start)
    throw error
  }
}
