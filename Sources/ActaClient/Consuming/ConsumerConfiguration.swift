import ClientCore

/// How a consumer works. Names, units and defaults are Kafka's, in camel case; times are milliseconds, sizes bytes.
public struct ConsumerConfiguration: Sendable {
  /// Where to begin in a partition without a committed position, or with one that is gone.
  public enum OffsetReset: Hashable, Sendable {
    case earliest
    case latest
    /// So long before now.
    case byDuration(milliseconds: Int64)
    /// It is an error, which `poll` throws.
    case none
  }

  public enum IsolationLevel: Sendable {
    case readUncommitted
    /// Records of a transaction are seen when it has been committed, or never.
    case readCommitted
  }

  public enum GroupProtocol: Sendable {
    /// A member shares out the partitions.
    case classic
    /// The coordinator does, one by one (KIP-848).
    case consumer
  }

  /// How the classic protocol shares out partitions, as Java's assignors of these names do.
  public enum Assignor: Sendable {
    case range, roundRobin, sticky, cooperativeSticky
  }

  /// `bootstrap.servers`: `host:port`, any of which leads to the others.
  public var bootstrapServers: [String] = ["localhost:9092"]
  /// `client.id`, which brokers show in their logs.
  public var clientID = ""
  /// `group.id`; without one nothing can be committed.
  public var groupID: String?
  /// `group.protocol`: how members come to their partitions.
  public var groupProtocol = GroupProtocol.classic
  /// `group.instance.id`: with one, a member that is away for less than its session is not missed.
  public var groupInstanceID: String?
  /// Classic protocol: without a heartbeat for so long a member is out.
  public var sessionTimeoutMilliseconds: Int32 = 45_000
  /// Classic protocol.
  public var heartbeatIntervalMilliseconds: Int32 = 3_000
  /// How long the program may take from one `poll` to the next before others get its partitions.
  public var maxPollIntervalMilliseconds: Int32 = 300_000
  /// Classic protocol, in order of preference.
  public var partitionAssignmentStrategy = [Assignor.range, .cooperativeSticky]
  /// `group.remote.assignor`, consumer protocol; `nil` leaves it to the group.
  public var groupRemoteAssignor: String?
  public var autoOffsetReset = OffsetReset.latest
  public var isolationLevel = IsolationLevel.readUncommitted
  /// Whether positions are committed by themselves, every `autoCommitIntervalMilliseconds` and at the end.
  public var enableAutoCommit = true
  public var autoCommitIntervalMilliseconds: Int64 = 5_000
  /// A fetch is answered when there is so much.
  public var fetchMinBytes: Int32 = 1
  /// The most that an answer holds, apart from a first batch that is larger.
  public var fetchMaxBytes: Int32 = 52_428_800
  /// How long a fetch waits for `fetchMinBytes`.
  public var fetchMaxWaitMilliseconds: Int32 = 500
  /// The most that an answer holds of one partition; as much more is fetched ahead.
  public var maxPartitionFetchBytes: Int32 = 1_048_576
  public var maxPollRecords = 500
  /// Whether what was fetched is held against its checksum.
  public var checkCRCs = true
  public var clientRack = ""
  public var requestTimeoutMilliseconds: Int32 = 30_000
  /// `metadata.max.age.ms`: how old the picture of the cluster may be.
  public var metadataMaxAgeMilliseconds: Int64 = 300_000
  public var retryBackoffMilliseconds: Int64 = 100
  public var retryBackoffMaxMilliseconds: Int64 = 1_000
  /// `reconnect.backoff.ms`: the pause before a broker that could not be reached is tried again, at first.
  public var reconnectBackoffMilliseconds: Int64 = 50
  /// `reconnect.backoff.max.ms`: the same, at last.
  public var reconnectBackoffMaxMilliseconds: Int64 = 1_000
  /// `socket.connection.setup.timeout.ms`: how long a connection may take to come to be.
  public var socketConnectionSetupTimeoutMilliseconds: Int64 = 10_000
  /// Whether topics that are not there may be made by asking for them.
  public var allowAutoCreateTopics = true
  /// How long calls wait that do not say for how long: `commit`, `committed`, `endOffsets` and their like.
  public var defaultAPITimeoutMilliseconds: Int64 = 60_000

  /// What the client is watched with.
  public var instruments = ClientInstruments()

  public init() {}

  public init(bootstrapServers: [String], groupID: String? = nil) {
    self.bootstrapServers = bootstrapServers
    self.groupID = groupID
  }
}

extension ConsumerConfiguration: ClusterConfiguration {
  /// - Throws: `invalidArgument` with a sentence that names the setting.
  func consumerSettings() throws(ClientFailure) -> ConsumerSettings {
    try check()
    var settings = ConsumerSettings()
    settings.fetchMinBytes = fetchMinBytes
    settings.fetchMaxBytes = fetchMaxBytes
    settings.fetchMaxWaitMilliseconds = fetchMaxWaitMilliseconds
    settings.maxPartitionFetchBytes = maxPartitionFetchBytes
    settings.maxPollRecords = maxPollRecords
    settings.autoOffsetReset = autoOffsetReset.core
    settings.isReadCommitted = isolationLevel == .readCommitted
    settings.checkCRCs = checkCRCs
    settings.clientRack = clientRack
    settings.retryBackoff = backoff
    settings.requestTimeoutMilliseconds = Int64(requestTimeoutMilliseconds)
    return settings
  }

  /// `nil` without a group.
  var membership: MembershipChoice? {
    guard let groupID else { return nil }
    var settings = MembershipSettings(groupID: groupID)
    settings.groupInstanceID = groupInstanceID
    settings.clientRack = clientRack.isEmpty ? nil : clientRack
    settings.sessionTimeoutMilliseconds = sessionTimeoutMilliseconds
    settings.heartbeatIntervalMilliseconds = heartbeatIntervalMilliseconds
    settings.maxPollIntervalMilliseconds = maxPollIntervalMilliseconds
    settings.requestTimeoutMilliseconds = requestTimeoutMilliseconds
    settings.retryBackoff = backoff
    settings.partitionAssignmentStrategy = partitionAssignmentStrategy.map(\.core)
    settings.groupRemoteAssignor = groupRemoteAssignor
    return MembershipChoice(settings: settings, isServerSide: groupProtocol == .consumer)
  }

  func networkSettings() throws(ClientFailure) -> NetworkSettings {
    var settings = try reach()
    settings.instruments = instruments
    settings.allowAutoCreateTopics = allowAutoCreateTopics
    return settings
  }

  private func check() throws(ClientFailure) {
    func require(_ holds: Bool, _ sentence: String) throws(ClientFailure) {
      if !holds { throw ClientFailure(.invalidArgument, sentence) }
    }
    try require(groupID != "", "group.id must not be empty.")
    try require(
      groupInstanceID == nil || groupID != nil, "group.instance.id needs a group.id.")
    try require(groupInstanceID != "", "group.instance.id must not be empty.")
    try require(
      !partitionAssignmentStrategy.isEmpty, "partition.assignment.strategy names no assignor.")
    try require(
      heartbeatIntervalMilliseconds > 0
        && heartbeatIntervalMilliseconds < sessionTimeoutMilliseconds,
      "heartbeat.interval.ms must be more than 0 and less than session.timeout.ms.")
    try require(maxPollIntervalMilliseconds >= 1, "max.poll.interval.ms must be at least 1.")
    try require(maxPollRecords >= 1, "max.poll.records must be at least 1.")
    try require(fetchMinBytes >= 0, "fetch.min.bytes must be at least 0.")
    try require(fetchMaxBytes >= 0, "fetch.max.bytes must be at least 0.")
    try require(fetchMaxWaitMilliseconds >= 0, "fetch.max.wait.ms must be at least 0.")
    try require(maxPartitionFetchBytes >= 1, "max.partition.fetch.bytes must be at least 1.")
    try require(requestTimeoutMilliseconds > 0, "request.timeout.ms must be more than 0.")
    try require(
      fetchMaxWaitMilliseconds < requestTimeoutMilliseconds,
      "fetch.max.wait.ms must be less than request.timeout.ms.")
    if case .byDuration(let milliseconds) = autoOffsetReset {
      try require(milliseconds >= 0, "auto.offset.reset must not be a negative duration.")
    }
    try require(
      autoCommitIntervalMilliseconds >= 0, "auto.commit.interval.ms must be at least 0.")
  }
}

extension ConsumerConfiguration.OffsetReset {
  fileprivate var core: ConsumerSettings.OffsetReset {
    switch self {
    case .earliest: .earliest
    case .latest: .latest
    case .byDuration(let milliseconds): .byDuration(milliseconds: milliseconds)
    case .none: .none
    }
  }
}

extension ConsumerConfiguration.Assignor {
  fileprivate var core: ClientAssignor {
    switch self {
    case .range: .range
    case .roundRobin: .roundRobin
    case .sticky: .sticky
    case .cooperativeSticky: .cooperativeSticky
    }
  }
}
