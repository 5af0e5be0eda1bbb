package import Bytes

/// What stands before a request's body (KafkaWire/PROTOCOL.md §1): header v1, or v2 with a tag section if the
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

  /// Takes the header off the beginning of a frame (without the size), so that the body is left. A
  /// key or version that is not known here is no error: how its header goes on after the client id
  /// is not known either, and is left unread. After an error the frame is as it was.
  package init(from frame: inout ByteSlice) throws(WireError) {
    var reader = WireReader(
      frame, version: 0, isFlexible: false, elementLimit: WireReader.unknownTagLimit)
    self.init(apiKey: 0, apiVersion: 0, correlationID: 0, clientID: nil)
    try reader.integer("request_api_key", &apiKey)
    try reader.integer("request_api_version", &apiVersion)
    try reader.integer("correlation_id", &correlationID)
    try reader.string("client_id", &clientID, nullable: true)
    if isFlexible { try reader.skipRemainingTags("request_header_tags") }
    frame = reader.rest
  }

  /// The writer is the body's; a header has its own layout, whatever the body's is.
  func write(to writer: inout WireWriter) throws(WireError) {
    writer.append(apiKey)
    writer.append(apiVersion)
    writer.append(correlationID)
    try writer.shortLength("client_id", clientID?.utf8.count, nullable: true)
    if let clientID { writer.append(clientID) }
    if isFlexible { writer.append(0 as UInt8) }
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

  /// Takes the header off the beginning of a frame (without the size), so that the body is left.
  /// `version` is the one of the request that this answers.
  package init(from frame: inout ByteSlice, api: APIKey, version: Int16) throws(WireError) {
    var reader = WireReader(
      frame, version: 0, isFlexible: false, elementLimit: WireReader.unknownTagLimit)
    correlationID = 0
    try reader.integer("correlation_id", &correlationID)
    if Self.hasTags(api, version) { try reader.skipRemainingTags("response_header_tags") }
    frame = reader.rest
  }

  func write(to writer: inout WireWriter, api: APIKey, version: Int16) {
    writer.append(correlationID)
    if Self.hasTags(api, version) { writer.append(0 as UInt8) }
  }

  private static func hasTags(_ api: APIKey, _ version: Int16) -> Bool {
    api != .apiVersions && APIVersionTable.versions(of: api)?.isFlexible(version) == true
  }
}
