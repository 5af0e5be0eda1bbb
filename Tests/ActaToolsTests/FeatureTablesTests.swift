import Testing

@testable import ActaTools

@Suite("Kafka's features by release") struct FeatureTablesTests {
  @Test(
    "a release is its last metadata, and a name with its number that alone",
    arguments: [("3.3-IV3", 7), ("3.9", 21), ("4.0", 25), ("4.0-IV0", 22), ("4.4-IV2", 33)])
  func releases(text: String, level: Int16) {
    #expect(MetadataVersion.named(text)?.level == level)
  }

  @Test("a beginning of a number is no release", arguments: ["", "4", "4.", "4.4-IV", "9.9"])
  func unknownReleases(text: String) {
    #expect(MetadataVersion.named(text) == nil)
  }

  @Test("each feature comes with the release that Kafka's tool names")
  func levels() throws {
    func levels(_ release: String) throws -> [Int16] {
      let metadata = try FeatureTables.version(release).level
      return FeatureTables.all.map { $0.level(with: metadata) }
    }
    #expect(try levels("3.8") == [0, 0, 0, 0, 0, 0])
    #expect(try levels("3.9") == [1, 0, 0, 0, 0, 0])
    #expect(try levels("4.0-IV1") == [1, 0, 1, 0, 0, 0])
    #expect(try levels("4.0") == [1, 2, 1, 0, 0, 0])
    #expect(try levels("4.1") == [1, 2, 1, 1, 0, 0])
    #expect(try levels("4.2-IV0") == [1, 2, 1, 1, 1, 0])
    #expect(try levels("4.3") == [1, 2, 1, 1, 1, 1])
    #expect(try levels("4.4") == [1, 2, 1, 1, 2, 1])
  }
}
