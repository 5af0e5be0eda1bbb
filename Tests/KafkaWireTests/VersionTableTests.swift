import Bytes
import KafkaWire
import Testing

@Suite("Version table") struct VersionTableTests {
  @Test("what is advertised is what the protocol page says a broker should")
  func advertised() {
    let rows = APIVersionTable.served.map {
      let flexible = $0.flexibleSince.map { "\($0)+" } ?? "-"
      return "\($0.key.rawValue) \($0.key) "
        + "\($0.advertised.lowerBound)-\($0.advertised.upperBound) \(flexible)"
    }
    #expect(
      rows == [
        "0 Produce 0-13 9+",
        "1 Fetch 4-18 12+",
        "2 ListOffsets 1-11 6+",
        "3 Metadata 0-13 9+",
        "8 OffsetCommit 2-10 8+",
        "9 OffsetFetch 1-10 6+",
        "10 FindCoordinator 0-6 3+",
        "11 JoinGroup 0-9 6+",
        "12 Heartbeat 0-4 4+",
        "13 LeaveGroup 0-5 4+",
        "14 SyncGroup 0-5 4+",
        "15 DescribeGroups 0-6 5+",
        "16 ListGroups 0-5 3+",
        "17 SaslHandshake 0-1 -",
        "18 ApiVersions 0-5 3+",
        "19 CreateTopics 2-7 5+",
        "20 DeleteTopics 1-6 4+",
        "21 DeleteRecords 0-2 2+",
        "22 InitProducerId 0-5 2+",
        "23 OffsetForLeaderEpoch 2-4 4+",
        "24 AddPartitionsToTxn 0-5 3+",
        "25 AddOffsetsToTxn 0-4 3+",
        "26 EndTxn 0-5 3+",
        "27 WriteTxnMarkers 1-2 1+",
        "28 TxnOffsetCommit 0-6 3+",
        "29 DescribeAcls 1-3 2+",
        "30 CreateAcls 1-3 2+",
        "31 DeleteAcls 1-3 2+",
        "32 DescribeConfigs 1-4 4+",
        "33 AlterConfigs 0-2 2+",
        "34 AlterReplicaLogDirs 1-2 2+",
        "35 DescribeLogDirs 1-5 2+",
        "36 SaslAuthenticate 0-2 2+",
        "37 CreatePartitions 0-3 2+",
        "38 CreateDelegationToken 1-3 2+",
        "39 RenewDelegationToken 1-2 2+",
        "40 ExpireDelegationToken 1-2 2+",
        "41 DescribeDelegationToken 1-3 2+",
        "42 DeleteGroups 0-3 2+",
        "43 ElectLeaders 0-2 2+",
        "44 IncrementalAlterConfigs 0-1 1+",
        "45 AlterPartitionReassignments 0-1 0+",
        "46 ListPartitionReassignments 0-0 0+",
        "47 OffsetDelete 0-0 -",
        "48 DescribeClientQuotas 0-1 1+",
        "49 AlterClientQuotas 0-1 1+",
        "50 DescribeUserScramCredentials 0-0 0+",
        "51 AlterUserScramCredentials 0-0 0+",
        "55 DescribeQuorum 0-2 0+",
        "57 UpdateFeatures 0-2 0+",
        "60 DescribeCluster 0-2 0+",
        "61 DescribeProducers 0-0 0+",
        "64 UnregisterBroker 0-0 0+",
        "65 DescribeTransactions 0-0 0+",
        "66 ListTransactions 0-2 0+",
        "68 ConsumerGroupHeartbeat 0-1 0+",
        "69 ConsumerGroupDescribe 0-1 0+",
        "74 ListConfigResources 0-1 0+",
        "75 DescribeTopicPartitions 0-0 0+",
        "80 AddRaftVoter 0-1 0+",
        "81 RemoveRaftVoter 0-0 0+",
        "94 UnregisterController 0-0 0+",
      ])
  }

  @Test("every key is in the table once, and both its messages are under test")
  func complete() {
    let keys = APIVersionTable.served.map(\.key)
    #expect(keys.sorted { $0.rawValue < $1.rawValue } == APIKey.allCases)
    for key in APIKey.allCases {
      #expect(MessageType.all.filter { $0.versions.key == key }.count == 2, "\(key)")
    }
  }

  @Test("Produce 0 to 2 are advertised but not served")
  func oldProduce() {
    for version: Int16 in 0...2 {
      #expect(!header(0, version).isServed)
      #expect(throws: WireError(.unsupportedVersion(version), field: "api_version")) {
        try ProduceRequest.decode(from: ByteSlice(), version: version)
      }
    }
    #expect(header(0, 3).isServed)
  }

  @Test("of all keys and versions exactly those of the table are served")
  func allKeys() {
    let served = Dictionary(
      uniqueKeysWithValues: APIVersionTable.served.map { ($0.key.rawValue, $0.range) })
    for key in Int16.min...Int16.max {
      for version: Int16 in -1...20 {
        let isServed = served[key]?.contains(version) ?? false
        if header(key, version).isServed != isServed {
          Issue.record("key \(key) version \(version)")
        }
      }
    }
  }

  @Test("only an unknown version of ApiVersions is to be answered")
  func versionAnswer() {
    #expect(header(18, 6).needsVersionAnswer)
    #expect(header(18, -1).needsVersionAnswer)
    #expect(!header(18, 5).needsVersionAnswer)
    #expect(!header(3, 99).needsVersionAnswer)
    #expect(!header(-1, 0).needsVersionAnswer)
  }

  private func header(_ key: Int16, _ version: Int16) -> RequestHeader {
    RequestHeader(apiKey: key, apiVersion: version, correlationID: 0, clientID: nil)
  }
}
