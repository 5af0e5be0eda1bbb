import NIOCore

/// Whole frames: an int32 size, a header, a body. The size is set last, when it is known.
package enum Frame {
  /// Room for the size and a header with a client id of usual length.
  private static let overhead = 64

  /// Appends a broker's answer to a request of this version.
  package static func encode<R: ResponseMessage>(
    _ response: consuming R, version: Int16, correlationID: Int32, into buffer: inout ByteBuffer
  ) throws(WireError) {
    let size = response.estimatedSize
    let start = try begin(&buffer, bodySize: size)
    do {
      ResponseHeader(correlationID: correlationID).write(
        into: &buffer, api: R.api, version: version)
      try response.encode(into: &buffer, version: version)
      try end(&buffer, start)
    } catch {
      buffer.moveWriterIndex(to: start)
      throw error
    }
  }

  /// Appends a client's request.
  package static func encode<R: RequestMessage>(
    _ request: consuming R, version: Int16, correlationID: Int32, clientID: String?,
    into buffer: inout ByteBuffer
  ) throws(WireError) {
    let size = request.estimatedSize
    let start = try begin(&buffer, bodySize: size)
    do {
      let header = RequestHeader(
        apiKey: R.api.rawValue, apiVersion: version, correlationID: correlationID,
        clientID: clientID)
      try header.write(into: &buffer)
      try request.encode(into: &buffer, version: version)
      try end(&buffer, start)
    } catch {
      buffer.moveWriterIndex(to: start)
      throw error
    }
  }

  /// Reads the answer to a request from its frame (without the size). The caller compares the
  /// correlation id with the one it sent.
  package static func decode<R: ResponseMessage>(
    _ type: R.Type, from frame: ByteBuffer, version: Int16
  ) throws(WireError) -> (correlationID: Int32, response: R) {
    var body = frame
    let header = try ResponseHeader(from: &body, api: R.api, version: version)
    return (header.correlationID, try R.decode(from: body, version: version))
  }

  private static func begin(_ buffer: inout ByteBuffer, bodySize: Int) throws(WireError) -> Int {
    guard bodySize < Int(Int32.max) else { throw WireError(.tooLong(bodySize), field: "frame") }
    buffer.reserveCapacity(minimumWritableBytes: overhead + bodySize)
    let start = buffer.writerIndex
    buffer.writeInteger(0 as Int32)
    return start
  }

  private static func end(_ buffer: inout ByteBuffer, _ start: Int) throws(WireError) {
    let count = buffer.writerIndex - start - MemoryLayout<Int32>.size
    guard let size = Int32(exactly: count) else { throw WireError(.tooLong(count), field: "frame") }
    buffer.setInteger(size, at: start)
  }
}
