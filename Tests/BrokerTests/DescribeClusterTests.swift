import ActaModel
import KafkaWire
import LogEngine
import LogStorage
import Testing

@testable import Broker

@Suite("What the one node says of itself") struct DescribeClusterTests {
  private let fixture: BrokerFixture

  init() throws { fixture = try BrokerFixture(["node.id": "5"]) }

  @Test("DescribeCluster tells the broker", arguments: versions(of: .describeCluster))
  func cluster(version: Int16) async throws {
    let response = try await fixture.send(DescribeClusterRequest(), version: version)
    #expect(response.errorCode == .none)
    #expect(response.clusterID == fixture.storage.identity.clusterID)
    #expect(response.clusterID.utf8.count == 22)
    #expect(response.controllerID == 5)
    #expect(response.endpointType == 1)
    #expect(response.clusterAuthorizedOperations == .min)
    #expect(response.brokers.map(\.brokerID) == [5])
    #expect(response.brokers.map(\.host) == ["broker.example"])
    #expect(response.brokers.map(\.port) == [9092])
    #expect(response.brokers.map(\.isFenced) == [false])
  }

  @Test("its endpoint type is checked from version 1 on", arguments: versions(of: .describeCluster))
  func endpointTypes(version: Int16) async throws {
    let expected: [(type: Int8, code: ErrorCode)] = [
      (1, .none), (2, .mismatchedEndpointType), (3, .unsupportedEndpointType),
      (0, .unsupportedEndpointType),
    ]
    for (type, code) in expected {
      let request = DescribeClusterRequest.with { $0.endpointType = type }
      let response = try await fixture.send(request, version: version)
      #expect(response.errorCode == (version >= 1 ? code : .none))
      #expect(response.brokers.count == (response.errorCode == .none ? 1 : 0))
    }
  }

  @Test("authorized operations and listeners")
  func operations() async throws {
    let request = DescribeClusterRequest.with { $0.includeClusterAuthorizedOperations = true }
    let response = try await fixture.send(request, on: fixture.connection(2, listener: "EXTERNAL"))
    #expect(response.clusterAuthorizedOperations == 8096)
    #expect(response.brokers.map(\.host) == ["outside.example"])
  }

  @Test("FindCoordinator answers this node", arguments: [0, 1, 2, 3] as [Int16])
  func coordinator(version: Int16) async throws {
    let request = FindCoordinatorRequest.with { $0.key = "g" }
    let response = try await fixture.send(request, version: version)
    #expect(response.errorCode == .none)
    #expect(response.errorMessage == (version == 0 ? nil : "NONE"))
    #expect(response.nodeID == 5)
    #expect(response.host == "broker.example")
    #expect(response.port == 9092)
  }

  @Test("from version 4 on for each key", arguments: versions(of: .findCoordinator, since: 4))
  func coordinators(version: Int16) async throws {
    let request = FindCoordinatorRequest.with { $0.coordinatorKeys = ["a", "b"] }
    let answers = try await fixture.send(request, version: version).coordinators
    #expect(answers.map(\.key) == ["a", "b"])
    #expect(answers.map(\.errorCode) == [.none, .none])
    #expect(answers.map(\.errorMessage) == ["", ""])
    #expect(answers.map(\.nodeID) == [5, 5])
    #expect(answers.map(\.host) == ["broker.example", "broker.example"])
    #expect(answers.map(\.port) == [9092, 9092])
  }

  @Test(
    "share groups and unknown key types are refused",
    arguments: versions(of: .findCoordinator, since: 1))
  func keyTypes(version: Int16) async throws {
    for type: Int8 in [2, 3, -1] {
      let request = FindCoordinatorRequest.with {
        $0.keyType = type
        $0.coordinatorKeys = version >= 4 ? ["a"] : []
      }
      let response = try await fixture.send(request, version: version)
      let code = version >= 4 ? response.coordinators.first?.errorCode : response.errorCode
      let node = version >= 4 ? response.coordinators.first?.nodeID : response.nodeID
      #expect(code == .invalidRequest)
      #expect(node == -1)
    }
  }
}
