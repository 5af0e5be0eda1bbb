import NIOCore

/// What stands before a request's body (PROTOCOL.md §1): header v1, or v2 with a tag section if the
/// version is flexible. The client id keeps its int16 length in both.
package struct RequestHeader: Equatable, Sendable {
  /// As sent; `APIKey(rawValue:)` is `nil` for an API that is not known here.
  package var apiKey: Int16
  package var apiVersion: Int16
  package var correlationID: Int32
  /// Null is legal and means the same as the empty string.
  package var clientID: String?

  package init(apiKey: Int16, apiVersion: Int16, correlationID: Int32, clientID: String?) {
    self.apiKey = apiKey
    self.apiVersion = apiVersion
    self.correlationID = correlationID
    self.clientID = clientID
  }
}

extension RequestHeader {
  package var api: APIKey? { APIKey(rawValue: apiKey) }

  /// The API and version are ones that the broker serves. If not, the connection is closed, except
  /// when `needsVersionAnswer`.
  package var isServed: Bool {
    APIVersionTable.served(apiKey)?.range.contains(apiVersion) ?? false
  }

  /// An ApiVersions request of a version that is not served: its body is not to be read, and the
  /// answer is `ApiVersionsResponse.unsupportedVersion` in version 0.
  package var needsVersionAnswer: Bool { api == .apiVersions && !isServed }

  /// Reads the header from the beginning of a frame (without the size) and leaves the reader index
  /// at the body. A key or version that is not known here is no error: how its header goes on after
  /// the client id is not known either, and is left unread.
  package init(from frame: inout ByteBuffer) throws(WireError) {
    var reader = WireReader(
      frame, version: 0, isFlexible: false, elementLimit: WireReader.unknownTagLimit)
    self.init(apiKey: 0, apiVersion: 0, correlationID: 0, clientID: nil)
    try reader.integer("request_api_key", &apiKey)
    try reader.integer("request_api_version", &apiVersion)
    try reader.integer("correlation_id", &correlationID)
    try reader.string("client_id", &clientID, nullable: true)
    if isFlexible { try reader.skipRemainingTags("request_header_tags") }
    frame = reader.buffer
  }

  func write(into buffer: inout ByteBuffer) throws(WireError) {
    var writer = WireWriter(ByteBuffer(), version: 0, isFlexible: false)
    swap(&writer.buffer, &buffer)
    defer { swap(&writer.buffer, &buffer) }
    var header = self
    writer.integer("request_api_key", &header.apiKey)
    writer.integer("request_api_version", &header.apiVersion)
    writer.integer("correlation_id", &header.correlationID)
    try writer.string("client_id", &header.clientID, nullable: true)
    if isFlexible { writer.writeUnsignedVarint(0) }
  }

  private var isFlexible: Bool {
    guard let versions = api.flatMap(APIVersionTable.versions(of:)) else { return false }
    return versions.range.contains(apiVersion) && versions.isFlexible(apiVersion)
  }
}

/// What stands before a response's body: the correlation id, and a tag section if the version is
/// flexible. ApiVersions never has the tag section: its client does not know yet what the broker
/// speaks.
package struct ResponseHeader: Equatable, Sendable {
  package var correlationID: Int32

  package init(correlationID: Int32) { self.correlationID = correlationID }

  /// Reads the header from the beginning of a frame (without the size) and leaves the reader index
  /// at the body. `version` is the one of the request that this answers.
  package init(from frame: inout ByteBuffer, api: APIKey, version: Int16) throws(WireError) {
    var reader = WireReader(
      frame, version: 0, isFlexible: false, elementLimit: WireReader.unknownTagLimit)
    correlationID = 0
    try reader.integer("correlation_id", &correlationID)
    if Self.hasTags(api, version) { try reader.skipRemainingTags("response_header_tags") }
    frame = reader.buffer
  }

  func write(into buffer: inout ByteBuffer, api: APIKey, version: Int16) {
    buffer.writeInteger(correlationID)
    if Self.hasTags(api, version) { buffer.writeInteger(0 as UInt8) }
  }

  private static func hasTags(_ api: APIKey, _ version: Int16) -> Bool {
    api != .apiVersions && APIVersionTable.versions(of: api)?.isFlexible(version) == true
  }
}
