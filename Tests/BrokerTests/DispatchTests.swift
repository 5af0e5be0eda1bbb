import ActaModel
import KafkaWire
import NIOCore
import Testing

@testable import Broker

@Suite("Dispatch of frames") struct DispatchTests {
  private let fixture: BrokerFixture

  init() throws { fixture = try BrokerFixture() }

  private func header(_ api: Int16, version: Int16) -> ByteBuffer {
    var frame = ByteBuffer()
    frame.writeMultipleIntegers(api, version, 1 as Int32, -1 as Int16)
    let versions = APIKey(rawValue: api).flatMap(APIVersionTable.versions(of:))
    if let versions, versions.range.contains(version), versions.isFlexible(version) {
      frame.writeInteger(0 as UInt8)
    }
    return frame
  }

  private func closeReason(_ api: Int16, version: Int16) async -> String? {
    await fixture.outcome(of: header(api, version: version)).closeReason
  }

  @Test("the routes and the table of versions name the same APIs")
  func routes() async {
    for api in APIVersionTable.served {
      for version in api.range {
        // Most requests cannot be read from an empty body, but each has somebody who tries.
        let reason = await closeReason(api.key.rawValue, version: version)
        #expect(reason?.hasPrefix("\(api.key) v\(version): ") != false)
      }
    }
  }

  @Test("versions outside an API's range close the connection")
  func unknownVersions() async {
    for api in APIVersionTable.served where api.key != .apiVersions {
      for version in [api.range.lowerBound - 1, api.range.upperBound + 1, .max] {
        let reason = await closeReason(api.key.rawValue, version: version)
        #expect(reason == "API \(api.key.rawValue) version \(version) is not served")
      }
    }
  }

  @Test("versions 0 to 2 of Produce are advertised and closed on", arguments: [0, 1, 2] as [Int16])
  func oldProduce(version: Int16) async {
    #expect(await closeReason(0, version: version) != nil)
  }

  @Test("APIs that are not served close the connection")
  func unknownAPIs() async {
    for key in [-1, 4, 999, .max] as [Int16] {
      #expect(await closeReason(key, version: 0) == "API \(key) version 0 is not served")
    }
  }

  @Test("a frame that ends early closes the connection, wherever it ends")
  func truncation() async throws {
    let request = ProduceRequest.writing(Batch.of("a"), to: .unknown)
    var frame = ByteBuffer()
    try Frame.encode(request, version: 9, correlationID: 1, clientID: "test", into: &frame)
    frame.moveReaderIndex(forwardBy: MemoryLayout<Int32>.size)
    for count in 0..<frame.readableBytes {
      let part = try #require(frame.getSlice(at: frame.readerIndex, length: count))
      #expect(await fixture.outcome(of: part).closeReason != nil)
    }
  }

  @Test("bytes that mean nothing close the connection")
  func garbage() async {
    for api in APIVersionTable.served where api.key != .apiVersions {
      var frame = header(api.key.rawValue, version: api.range.upperBound)
      frame.writeRepeatingByte(0xff, count: 200)
      #expect(await fixture.outcome(of: frame).closeReason != nil)
    }
  }

  @Test("bytes after a request are passed over")
  func trailingBytes() async throws {
    var frame = ByteBuffer()
    try Frame.encode(
      MetadataRequest(), version: 1, correlationID: 1, clientID: "test", into: &frame)
    frame.moveReaderIndex(forwardBy: MemoryLayout<Int32>.size)
    frame.writeString("more")
    #expect(await fixture.outcome(of: frame).closeReason == nil)
  }

  @Test("a null client id is fine")
  func nullClientID() async throws {
    let response = try await fixture.send(MetadataRequest(), clientID: nil)
    #expect(response.brokers.count == 1)
  }

  @Test("only Produce is pipelined")
  func pipelining() {
    for api in APIVersionTable.served {
      let frame = header(api.key.rawValue, version: 0)
      #expect(fixture.broker.isPipelined(frame) == (api.key == .produce))
    }
    #expect(!fixture.broker.isPipelined(ByteBuffer()))
  }
}
