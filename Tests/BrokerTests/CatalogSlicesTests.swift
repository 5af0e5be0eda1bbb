import ActaModel
import KafkaWire
import LogEngine
import LogStorage
import Synchronization
import Testing

@testable import Broker

@Suite("Changes of the catalog in slices") struct CatalogSlicesTests {
  private func run(_ weights: [Int], wanted: Int = .max) -> (slices: [[Int]], results: [Bool]) {
    let slices = Mutex<[[Int]]>([])
    let results = Mutex<[Bool]>([])
    let work = CatalogSlices<Int, Int>(
      // A sixteenth of a slice.
      weight: { $0 * CatalogSlice.capacity / 16 },
      isWanted: { slices.withLock { $0.count } < wanted },
      run: { items, done in
        slices.withLock { $0.append(items) }
        done(items.map { .success($0) })
      })
    work(weights) { all in results.withLock { $0 = all.map { (try? $0.get()) != nil } } }
    return (slices.withLock { $0 }, results.withLock { $0 })
  }

  @Test("a slice weighs sixteen at most, unless one item weighs more")
  func weights() {
    #expect(run([]).slices == [])
    #expect(run(Array(repeating: 1, count: 33)).slices.map(\.count) == [16, 16, 1])
    #expect(run([8, 8, 1, 40, 1, 15, 1]).slices == [[8, 8], [1], [40], [1, 15], [1]])
    #expect(CatalogSlice.weight(creating: 1) * 90 < CatalogSlice.capacity)
    #expect(CatalogSlice.weight(deleting: 1) * 4 > CatalogSlice.capacity)
  }

  @Test("what is not wanted any more is not done, and said to be so")
  func abandoned() {
    let (slices, results) = run(Array(repeating: 1, count: 40), wanted: 2)
    #expect(slices.map(\.count) == [16, 16])
    #expect(results == Array(repeating: true, count: 32) + Array(repeating: false, count: 8))
  }

  @Test("topics that are made along the way are not, once their client sends nothing more")
  func autoCreation() async throws {
    let fixture = try BrokerFixture()
    let connection = fixture.connection(7)
    let request = MetadataRequest.with { request in
      request.topics = (0..<20).map { number in .with { $0.name = "t\(number)" } }
      request.allowAutoTopicCreation = true
    }
    connection.identity.leave()
    let response = try await fixture.send(request, on: connection)
    #expect(response.topics.allSatisfy { $0.errorCode == .unknownTopicOrPartition })
    #expect(fixture.storage.catalog().topics.isEmpty)
    _ = try await fixture.send(request)
    #expect(fixture.storage.catalog().topics.count == 20)
  }
}
