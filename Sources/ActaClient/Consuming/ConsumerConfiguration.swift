import ClientCore

/// How a consumer works. Names, units and defaults are Kafka's, in camel case; times are milliseconds, sizes bytes.
public struct ConsumerConfiguration: Sendable {
  /// Where to begin in a partition without a committed position, or with one that is gone.
  public enum OffsetReset: Hashable, Sendable {
    /// With the first record there is.
    case earliest
    /// With what comes from now on.
    case latest
    /// So long before now.
    case byDuration(milliseconds: Int64)
    /// It is an error, which `poll` throws.
    case none
  }

  /// Whether records of a transaction are read before it is committed.
  public enum IsolationLevel: Sendable {
    /// Records are read as they come, of transactions that are open or aborted, too.
    case readUncommitted
    /// Records of a transaction are seen when it has been committed, or never.
    case readCommitted
  }

  /// Who shares out the partitions.
  public enum GroupProtocol: Sendable {
    /// A member shares out the partitions.
    case classic
    /// The coordinator does, one by one (KIP-848).
    case consumer
  }

  /// How the classic protocol shares out partitions, as Java's assignors of these names do.
  public enum Assignor: Sendable {
    /// Kafka's `range`, `roundrobin`, `sticky` and `cooperative-sticky`. With the last alone a member keeps what it
    /// has while the group rebalances.
    case range, roundRobin, sticky, cooperativeSticky
  }

  /// `bootstrap.servers`, `localhost:9092`: `host:port`, any of which leads to the others.
  public var bootstrapServers: [String] = ["localhost:9092"]
  /// `client.id`, which brokers show in their logs.
  public var clientID = ""
  /// `group.id`, none; without one nothing can be committed.
  public var groupID: String?
  /// `group.protocol`, classic: how members come to their partitions.
  public var groupProtocol = GroupProtocol.classic
  /// `group.instance.id`, none: with one, a member that is away for less than its session is not missed.
  public var groupInstanceID: String?
  /// `session.timeout.ms`, 45,000, classic protocol: without a heartbeat for so long a member is out.
  public var sessionTimeoutMilliseconds: Int32 = 45_000
  /// `heartbeat.interval.ms`, 3,000, classic protocol: from one heartbeat to the next.
  public var heartbeatIntervalMilliseconds: Int32 = 3_000
  /// `max.poll.interval.ms`, 300,000: how long the program may take from one `poll` to the next before others get its partitions.
  public var maxPollIntervalMilliseconds: Int32 = 300_000
  /// `partition.assignment.strategy`, range and cooperative-sticky, classic protocol, in order of preference.
  public var partitionAssignmentStrategy = [Assignor.range, .cooperativeSticky]
  /// `group.remote.assignor`, consumer protocol; `nil` leaves it to the group.
  public var groupRemoteAssignor: String?
  /// `auto.offset.reset`, latest.
  public var autoOffsetReset = OffsetReset.latest
  /// `isolation.level`, read_uncommitted.
  public var isolationLevel = IsolationLevel.readUncommitted
  /// `enable.auto.commit`, true: whether positions are committed by themselves, every `autoCommitIntervalMilliseconds` and at the end.
  public var enableAutoCommit = true
  /// `auto.commit.interval.ms`, 5,000.
  public var autoCommitIntervalMilliseconds: Int64 = 5_000
  /// `fetch.min.bytes`, 1: a fetch is answered when there is so much.
  public var fetchMinBytes: Int32 = 1
  /// `fetch.max.bytes`, 52,428,800: the most that an answer holds, apart from a first batch that is larger.
  public var fetchMaxBytes: Int32 = 52_428_800
  /// `fetch.max.wait.ms`, 500: how long a fetch waits for `fetchMinBytes`.
  public var fetchMaxWaitMilliseconds: Int32 = 500
  /// `max.partition.fetch.bytes`, 1,048,576: the most that an answer holds of one partition; as much more is fetched ahead.
  public var maxPartitionFetchBytes: Int32 = 1_048_576
  /// `max.poll.records`, 500: the most that one `poll` gives.
  public var maxPollRecords = 500
  /// `check.crcs`, true: whether what was fetched is held against its checksum.
  public var checkCRCs = true
  /// `client.rack`, none: where the consumer is; a broker may tell of a nearer one.
  public var clientRack = ""
  /// `request.timeout.ms`, 30,000: how long an answer is waited for; then the connection is given up and, where it may be,
  /// the request made again.
  public var requestTimeoutMilliseconds: Int32 = 30_000
  /// `metadata.max.age.ms`, 300,000: how old the picture of the cluster may be.
  public var metadataMaxAgeMilliseconds: Int64 = 300_000
  /// `retry.backoff.ms`, 100: the pause before what has failed is tried again, at first; twice as long each time.
  public var retryBackoffMilliseconds: Int64 = 100
  /// `retry.backoff.max.ms`, 1,000: the same, at last.
  public var retryBackoffMaxMilliseconds: Int64 = 1_000
  /// `reconnect.backoff.ms`, 50: the pause before a broker that could not be reached is tried again, at first.
  public var reconnectBackoffMilliseconds: Int64 = 50
  /// `reconnect.backoff.max.ms`, 1,000: the same, at last.
  public var reconnectBackoffMaxMilliseconds: Int64 = 1_000
  /// `socket.connection.setup.timeout.ms`, 10,000: how long a connection may take to come to be.
  public var socketConnectionSetupTimeoutMilliseconds: Int64 = 10_000
  /// `security.protocol`, `sasl.…` and `ssl.…`; none: whether connections are encrypted, and how both sides prove who they
  /// are.
  public var security = ClientSecurity.plaintext
  /// `allow.auto.create.topics`, true: whether topics that are not there may be made by asking for them.
  public var allowAutoCreateTopics = true
  /// `default.api.timeout.ms`, 60,000: how long calls wait that do not say for how long: `commit`, `committed`, `endOffsets` and their like.
  public var defaultAPITimeoutMilliseconds: Int64 = 60_000

  /// What the client is watched with.
  public var instruments = ClientInstruments()

  /// The defaults.
  public init() {}

  /// The defaults, for these brokers and a group.
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
