import ActaModel
import Coordination
import LogStorage
import Testing

@testable import Broker

@Suite("Name patterns") struct NamePatternTests {
  private func catalog(_ names: [String], internal: [String] = []) -> CatalogTopics {
    CatalogTopics(
      Catalog(
        (names + `internal`).enumerated().map { index, name in
          Topic(
            id: TopicID(high: 1, low: UInt64(index)), name: name,
            isInternal: `internal`.contains(name), partitions: [PartitionID(Int64(index))],
            configs: [:])
        }))
  }

  @Test("a name matches a pattern if all of it does")
  func wholeNames() {
    let topics = catalog(["orders", "orders-eu", "old-orders"])
    #expect(topics.names(matching: "orders") == ["orders"])
    #expect(topics.names(matching: "orders.*") == ["orders", "orders-eu"])
    #expect(topics.names(matching: "^orders$|old-.+") == ["old-orders", "orders"])
    #expect(topics.names(matching: "") == [])
  }

  @Test(
    "what RE2 does not take is no pattern", arguments: ["(", "a{2,1}", "(?=x)y", "\\", "[z-a]"])
  func invalid(pattern: String) {
    #expect(catalog(["orders"]).names(matching: pattern) == nil)
  }

  @Test("a pattern that would be too large is refused")
  func tooLarge() {
    #expect(catalog(["orders"]).names(matching: "((a{1,100}){1,10}){1,1000}") == nil)
    #expect(catalog(["orders"]).names(matching: String(repeating: "(a|b)?", count: 50_000)) == nil)
  }

  @Test("a pattern that would take other engines for ever takes no time")
  func linear() {
    let name = String(repeating: "a", count: 249)
    #expect(catalog([name]).names(matching: "(a*)*b") == [])
  }

  @Test("internal topics do not match")
  func internalTopics() {
    #expect(catalog(["a"], internal: ["b"]).names(matching: ".") == ["a"])
  }

  @Test("two catalogs have different versions, and one always the same")
  func versions() {
    let one = catalog(["a"])
    #expect(one.version == one.version)
    #expect(one.version != catalog(["a"]).version)
  }
}
