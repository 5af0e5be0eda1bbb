import Bytes
import KafkaWire
import Testing

@Suite("Byte vectors") struct VectorTests {
  @Test("every message is read from its bytes and written to the same", arguments: MessageType.all)
  func roundTrip(_ type: MessageType) throws {
    let vectors = try type.vectors()
    #expect(Set(vectors.map(\.version)) == Set(type.versions.range), "every version has a vector")
    for vector in vectors {
      let about = Comment("\(type.name) v\(vector.version) \(vector.kind)")
      let (fields, bytes) = try type.roundTrip(ByteSlice(vector.bytes), vector.version)
      #expect(fields == vector.value, about)
      #expect(hexadecimal(bytes) == vector.hex, about)
    }
  }

  @Test("whole frames are read and written to the same bytes")
  func frames() throws {
    for vector in try FrameVector.all() {
      let about = Comment("\(vector.description)")
      let type = try #require(messageType(of: vector), about)
      let frame = ByteSlice(vector.bytes.dropFirst(4))
      let (fields, bytes) = try type.frame(frame, vector.version)
      #expect(hexadecimal(bytes) == vector.frameHex, about)
      #expect(fields == onlyFields(of: vector.body, presentIn: fields), about)
      #expect(try FrameHeader(frame, type, vector.version) == FrameHeader(vector), about)
    }
  }

  private func messageType(of vector: FrameVector) -> MessageType? {
    MessageType.all.first {
      $0.versions.key.rawValue == vector.apiKey && $0.isRequest == (vector.kind == "request")
    }
  }

  /// The frames' bodies also name fields that their version does not have.
  private func onlyFields(of body: JSONValue, presentIn fields: JSONValue) -> JSONValue {
    guard case .object(let all) = body, case .object(let present) = fields else { return body }
    return .object(all.filter { present[$0.key] != nil })
  }
}

private struct FrameHeader: Equatable {
  let correlationID: Int32
  let clientID: String?

  init(_ vector: FrameVector) {
    correlationID = vector.correlationId
    clientID = vector.clientId
  }

  init(_ frame: ByteSlice, _ type: MessageType, _ version: Int16) throws {
    var frame = frame
    if type.isRequest {
      let header = try RequestHeader(from: &frame)
      correlationID = header.correlationID
      clientID = header.clientID
    } else {
      let header = try ResponseHeader(from: &frame, api: type.versions.key, version: version)
      correlationID = header.correlationID
      clientID = nil
    }
  }
}
