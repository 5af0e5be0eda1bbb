import ActaModel
import Bytes
import KafkaWire
import LogEngine
import LogStorage
import Testing

@testable import Broker

@Suite("ApiVersions") struct ApiVersionsTests {
  private let fixture: BrokerFixture

  init() throws { fixture = try BrokerFixture() }

  private func request(
    name: String = "apache-kafka-java", software: String = "4.3.0", clusterID: String? = nil,
    nodeID: Int32 = -1
  ) -> ApiVersionsRequest {
    .with {
      $0.clientSoftwareName = name
      $0.clientSoftwareVersion = software
      $0.clusterID = clusterID
      $0.nodeID = nodeID
    }
  }

  @Test("names every API of the table", arguments: versions(of: .apiVersions))
  func table(version: Int16) async throws {
    let response = try await fixture.send(request(), version: version)
    #expect(response.errorCode == .none)
    #expect(response.apiKeys.map(\.apiKey) == APIVersionTable.served.map(\.key.rawValue))
    #expect(response.apiKeys.map(\.maxVersion) == APIVersionTable.served.map(\.range.upperBound))
    // Old librdkafka compresses only where it finds version 0 of Produce.
    #expect(response.apiKeys.first?.minVersion == 0)
  }

  /// Old Java clients fail on a supported range that begins at 0.
  @Test(
    "offers consumer groups and transactions, and tells its release",
    arguments: versions(of: .apiVersions))
  func features(version: Int16) async throws {
    let response = try await fixture.send(request(), version: version)
    let supported: [String] =
      switch version {
      case ..<3: []
      case 3: ["metadata.version"]
      default: ["group.version", "kraft.version", "metadata.version", "transaction.version"]
      }
    #expect(response.supportedFeatures.map(\.name) == supported)
    let finalized: [String] =
      version < 3 ? [] : ["group.version", "metadata.version", "transaction.version"]
    #expect(response.finalizedFeatures.map(\.name) == finalized)
    #expect(response.finalizedFeatures.map(\.minVersionLevel) == (version < 3 ? [] : [1, 33, 2]))
    #expect(
      response.finalizedFeatures.map(\.maxVersionLevel) == (version < 3 ? [] : [1, 33, 2]))
    #expect(response.finalizedFeaturesEpoch >= 0 || version < 3)
  }

  @Test(
    "a version that is not known is answered in version 0", arguments: [6, 99, .max, -1] as [Int16])
  func unknownVersion(version: Int16) async throws {
    var frame: [UInt8] = []
    frame.appendInteger(18 as Int16)
    frame.appendInteger(version)
    frame.appendInteger(77 as Int32)
    frame.appendInteger(-1 as Int16)
    frame += "a body that nobody can read".utf8
    let pieces = try #require(await fixture.outcome(of: ByteSlice(frame)).frame)
    var answer = ByteSlice([UInt8](pieces))
    answer.skip(MemoryLayout<Int32>.size)
    let (id, response) = try Frame.decode(ApiVersionsResponse.self, from: answer, version: 0)
    #expect(id == 77)
    #expect(response.errorCode == .unsupportedVersion)
    #expect(response.apiKeys.map(\.apiKey) == [18])
    #expect(response.apiKeys.map(\.maxVersion) == [versions(of: .apiVersions).last])
  }

  @Test("bad software names are refused from version 3 on", arguments: versions(of: .apiVersions))
  func softwareNames(version: Int16) async throws {
    for name in ["", "-", "a-", ".a", "a b", "a_b", "é"] {
      for request in [request(name: name), request(software: name)] {
        let response = try await fixture.send(request, version: version)
        #expect(response.errorCode == (version >= 3 ? .invalidRequest : .none))
        #expect(response.apiKeys.isEmpty == (version >= 3))
      }
    }
    for name in ["a", "7", "a-b.c", "librdkafka"] {
      #expect(try await fixture.send(request(name: name), version: version).errorCode == .none)
    }
  }

  @Test(
    "a client that means another cluster or node is sent back",
    arguments: versions(of: .apiVersions))
  func otherCluster(version: Int16) async throws {
    let here = fixture.storage.identity.clusterID
    let expected: [(cluster: String?, node: Int32, isHere: Bool)] = [
      (here, 1, true), (nil, -1, true), ("elsewhere", 1, false), (here, 2, false),
    ]
    for (cluster, node, isHere) in expected {
      let response = try await fixture.send(
        request(clusterID: cluster, nodeID: node), version: version)
      #expect(response.errorCode == (version < 5 || isHere ? .none : .rebootstrapRequired))
    }
  }
}
