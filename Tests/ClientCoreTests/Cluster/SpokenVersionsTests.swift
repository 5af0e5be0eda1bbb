import ActaModel
import KafkaWire
import Testing

@testable import ClientCore

@Suite("What a broker speaks") struct SpokenVersionsTests {
  private static func spoken(
    _ ranges: (api: APIKey, versions: ClosedRange<Int16>)...
  ) throws -> SpokenVersions {
    var answer = ApiVersionsResponse()
    answer.apiKeys = ranges.map { range in
      var entry = ApiVersionsResponse.ApiVersion()
      entry.apiKey = range.api.rawValue
      entry.minVersion = range.versions.lowerBound
      entry.maxVersion = range.versions.upperBound
      return entry
    }
    return try SpokenVersions(answer)
  }

  @Test("the newest that both sides know, and that can say it")
  func newest() throws {
    let spoken = try Self.spoken((.produce, 3...9), (.fetch, 4...99))
    #expect(try spoken.newest(of: .produce) == 9)
    #expect(try spoken.newest(of: .produce, upTo: 5) == 5)
    let ours = try #require(APIVersionTable.versions(of: .fetch)?.range)
    #expect(try spoken.newest(of: .fetch) == ours.upperBound)
  }

  @Test("what is not served, or in no version that helps, is said with both ranges")
  func missing() throws {
    let spoken = try Self.spoken((.produce, 3...9), (.fetch, 900...999))
    let unserved = #expect(throws: ClientFailure.self) { try spoken.newest(of: .metadata) }
    #expect(unserved?.reason == .unsupportedVersion)
    #expect(unserved?.sentence.contains("\(APIKey.metadata)") == true)
    let beyond = #expect(throws: ClientFailure.self) { try spoken.newest(of: .fetch) }
    #expect(beyond?.sentence.contains("900 to 999") == true)
    #expect(throws: ClientFailure.self) { try spoken.newest(of: .produce, from: 10) }
    #expect(throws: ClientFailure.self) { try spoken.newest(of: .produce, upTo: 2) }
  }

  @Test("APIs that are not known, and ranges that are none, are passed over")
  func nonsense() throws {
    var answer = ApiVersionsResponse()
    var unknown = ApiVersionsResponse.ApiVersion()
    unknown.apiKey = 9_999
    var reversed = ApiVersionsResponse.ApiVersion()
    reversed.apiKey = APIKey.fetch.rawValue
    reversed.minVersion = 5
    reversed.maxVersion = 4
    answer.apiKeys = [unknown, reversed]
    let spoken = try SpokenVersions(answer)
    #expect(throws: ClientFailure.self) { try spoken.newest(of: .fetch) }
    answer.errorCode = .unsupportedVersion
    #expect(throws: ClientFailure.self) { try SpokenVersions(answer) }
  }
}
