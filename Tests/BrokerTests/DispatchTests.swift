import ActaModel
import Bytes
import KafkaWire
import Testing

@testable import Broker

@Suite("Dispatch of frames") struct DispatchTests {
  private let fixture: BrokerFixture

  init() throws { fixture = try BrokerFixture() }

  private func header(_ api: Int16, version: Int16) -> [UInt8] {
    var frame: [UInt8] = []
    frame.appendInteger(api)
    frame.appendInteger(version)
    frame.appendInteger(1 as Int32)
    frame.appendInteger(-1 as Int16)
    let versions = APIKey(rawValue: api).flatMap(APIVersionTable.versions(of:))
    if let versions, versions.range.contains(version), versions.isFlexible(version) {
      frame.append(0)
    }
    return frame
  }

  private func closeReason(_ api: Int16, version: Int16) async -> String? {
    await fixture.outcome(of: ByteSlice(header(api, version: version))).closeReason
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
        #expect(
          reason == "\(api.key) (API \(api.key.rawValue)) version \(version), which client '' asked"
            + " for, is not served")
      }
    }
  }

  @Test("versions 0 to 2 of Produce are advertised and closed on", arguments: [0, 1, 2] as [Int16])
  func oldProduce(version: Int16) async {
    #expect(await closeReason(0, version: version) != nil)
  }

  @Test("APIs that are not served close the connection")
  func unknownAPIs() async {
    let names: [(Int16, String)] = [
      (-1, "API -1"), (4, "LeaderAndIsr (API 4)"), (71, "GetTelemetrySubscriptions (API 71)"),
      (76, "ShareGroupHeartbeat (API 76)"), (999, "API 999"),
    ]
    for (key, name) in names {
      #expect(
        await closeReason(key, version: 0)
          == "\(name) version 0, which client '' asked for, is not served")
    }
  }

  @Test("a frame that ends early closes the connection, wherever it ends")
  func truncation() async throws {
    let request = ProduceRequest.writing(Batch.of("a"), to: .unknown)
    let frame = try frame(request, version: 9)
    for count in 0..<frame.count {
      #expect(await fixture.outcome(of: frame[0..<count]).closeReason != nil)
    }
  }

  @Test("bytes that mean nothing close the connection")
  func garbage() async {
    for api in APIVersionTable.served where api.key != .apiVersions {
      let header = header(api.key.rawValue, version: api.range.upperBound)
      let frame = header + [UInt8](repeating: 0xff, count: 200)
      #expect(await fixture.outcome(of: ByteSlice(frame)).closeReason != nil)
    }
  }

  @Test("bytes after a request are passed over")
  func trailingBytes() async throws {
    let frame = [UInt8](try frame(MetadataRequest(), version: 1)) + Array("more".utf8)
    #expect(await fixture.outcome(of: ByteSlice(frame)).closeReason == nil)
  }

  @Test("a null client id is fine")
  func nullClientID() async throws {
    let response = try await fixture.send(MetadataRequest(), clientID: nil)
    #expect(response.brokers.count == 1)
  }

  @Test("only Produce is pipelined")
  func pipelining() {
    for api in APIVersionTable.served {
      let frame = ByteSlice(header(api.key.rawValue, version: 0))
      #expect(fixture.broker.isPipelined(frame) == (api.key == .produce))
    }
    #expect(!fixture.broker.isPipelined(ByteSlice()))
  }
}
