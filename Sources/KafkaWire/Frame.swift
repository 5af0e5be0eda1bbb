package import Bytes

/// Whole frames: an int32 size, a header, a body. The size is set last, when it is known.
package enum Frame {
  /// Room for the size and a header with a client id of usual length.
  private static let overhead = 64

  /// A broker's answer to a request of this version.
  package static func encode<R: ResponseMessage>(
    _ response: consuming R, version: Int16, correlationID: Int32
  ) throws(WireError) -> BytePieces {
    var writer = try begin(R.self, version, bodySize: response.estimatedSize)
    ResponseHeader(correlationID: correlationID).write(to: &writer, api: R.api, version: version)
    try response.write(to: &writer)
    return try end(&writer)
  }

  /// A client's request.
  package static func encode<R: RequestMessage>(
    _ request: consuming R, version: Int16, correlationID: Int32, clientID: String?
  ) throws(WireError) -> BytePieces {
    var writer = try begin(R.self, version, bodySize: request.estimatedSize)
    let header = RequestHeader(
      apiKey: R.api.rawValue, apiVersion: version, correlationID: correlationID,
      clientID: clientID)
    try header.write(to: &writer)
    try request.write(to: &writer)
    return try end(&writer)
  }

  /// Reads the answer to a request from its frame (without the size). The caller compares the
  /// correlation id with the one it sent.
  package static func decode<R: ResponseMessage>(
    _ type: R.Type, from frame: ByteSlice, version: Int16
  ) throws(WireError) -> (correlationID: Int32, response: R) {
    var body = frame
    let header = try ResponseHeader(from: &body, api: R.api, version: version)
    return (header.correlationID, try R.decode(from: body, version: version))
  }

  private static func begin<M: Message>(
    _ type: M.Type, _ version: Int16, bodySize: Int
  ) throws(WireError) -> WireWriter {
    guard bodySize < Int(Int32.max) else { throw WireError(.tooLong(bodySize), field: "frame") }
    var writer = WireWriter(version: version, isFlexible: try M.isFlexible(version))
    writer.reserve(overhead + bodySize)
    writer.append(0 as Int32)
    return writer
  }

  /// In place: the buffer is written to once more, and a second owner would have it copied.
  private static func end(_ writer: inout WireWriter) throws(WireError) -> BytePieces {
    let count = writer.count - MemoryLayout<Int32>.size
    guard let size = Int32(exactly: count) else { throw WireError(.tooLong(count), field: "frame") }
    writer.replaceBeginning(with: size)
    return writer.finish()
  }
}
