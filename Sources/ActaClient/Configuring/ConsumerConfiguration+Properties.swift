import ClientCore
import KafkaConfig

extension ConsumerConfiguration: ClientConfiguration {}

extension ConsumerConfiguration {
  /// A configuration by Kafka's property names. What is not set has its default.
  ///
  /// - Parameters:
  ///   - properties: By name.
  ///   - unknown: What is done about names that are not known.
  ///   - note: Told, in a sentence, of each property that has no effect here.
  /// - Throws: `KafkaError` for a name that is not known, with the one that was most likely meant; for a value that
  ///   cannot be, in Kafka's words.
  public init(
    properties: [String: String], unknown: UnknownProperties = .refused,
    note: (String) -> Void = { _ in }
  ) throws(KafkaError) {
    self = try KafkaError.translating { () throws(ClientFailure) in
      var configuration = Self()
      try Self.table.apply(properties, to: &configuration, unknown: unknown, note: note)
      try configuration.checkProtocol(properties)
      _ = try configuration.consumerSettings()
      _ = try configuration.networkSettings()
      return configuration
    }
  }

  /// The same from a property file in Java's syntax.
  ///
  /// - Throws: As the other; and for a file that cannot be read, or a line of it.
  public init(
    propertyFile path: String, unknown: UnknownProperties = .refused,
    note: (String) -> Void = { _ in }
  ) throws(KafkaError) {
    let properties = try KafkaError.translating { () throws(ClientFailure) in
      try PropertyFile.read(path)
    }
    try self.init(properties: properties, unknown: unknown, note: note)
  }

  /// All properties that a consumer knows, by name.
  public static var properties: [ConfigurationProperty] { table.documentation }

  /// What belongs to one protocol of groups is refused with the other, as Java does.
  private func checkProtocol(_ properties: [String: String]) throws(ClientFailure) {
    let (others, name) =
      groupProtocol == .consumer
      ? (
        ["heartbeat.interval.ms", "partition.assignment.strategy", "session.timeout.ms"], "CONSUMER"
      ) : (["group.remote.assignor"], "CLASSIC")
    for other in others where properties[other].map({ !$0.isEmpty }) ?? false {
      throw ClientFailure(
        .invalidArgument, "\(other) cannot be set when group.protocol=\(name)")
    }
    if groupID == nil, enableAutoCommit, properties["enable.auto.commit"] != nil {
      throw ClientFailure(
        .invalidArgument,
        "enable.auto.commit cannot be set to true when default group id (null) is used.")
    }
  }

  static let table = PropertyTable<Self>(
    PropertyEntry.common + membership + fetching
      + PropertyEntry.notHere(
        "deserializers are given in the source", "key.deserializer", "value.deserializer")
      + PropertyEntry.notHere(
        "this consumer is of no share group", "share.acknowledgement.mode", "share.acquire.mode")
      + PropertyEntry.notHere(
        "it is Java's own", "internal.throw.on.fetch.stable.offset.unsupported"))

  private static var membership: [PropertyEntry<Self>] {
    [
      .optionalText(
        "group.id", \.groupID, .nonEmpty, "The group; without one nothing can be committed."),
      .optionalText(
        "group.instance.id", \.groupInstanceID, .nonEmpty,
        "With one, a member that is away for less than its session is not missed."),
      .choice(
        "group.protocol", \.groupProtocol, [("consumer", .consumer), ("classic", .classic)],
        ignoringCase: true,
        "Who shares out the partitions: a member (classic), or the coordinator (consumer)."),
      .optionalText(
        "group.remote.assignor", \.groupRemoteAssignor, .none,
        "How the coordinator shares out: uniform or range; unset leaves it to the group."),
      .number(
        "session.timeout.ms", .int, \.sessionTimeoutMilliseconds, .none,
        "Milliseconds without a heartbeat after which a member is out (classic)."),
      .number(
        "heartbeat.interval.ms", .int, \.heartbeatIntervalMilliseconds, .none,
        "Milliseconds between heartbeats (classic)."),
      .number(
        "max.poll.interval.ms", .int, \.maxPollIntervalMilliseconds, .atLeast(1),
        "Milliseconds that a program may take from one poll to the next."),
      .own(
        "partition.assignment.strategy", .list, .distinct, default: "range,cooperative-sticky",
        "How members share out, in order of preference: range, roundrobin, sticky,"
          + " cooperative-sticky, or Java's classes of these (classic)."
      ) { configuration, value throws(ClientFailure) in
        guard case .list(let names) = value else { return }
        var assignors: [Assignor] = []
        for name in names { assignors.append(try assignor(name)) }
        configuration.partitionAssignmentStrategy = assignors
      },
      .bool(
        "enable.auto.commit", \.enableAutoCommit,
        "Whether positions are committed by themselves, now and then and at the end."),
      .number(
        "auto.commit.interval.ms", .int, \.autoCommitIntervalMilliseconds, .atLeast(0),
        "Milliseconds between commits that are made by themselves."),
      .number(
        "default.api.timeout.ms", .int, \.defaultAPITimeoutMilliseconds, .atLeast(0),
        "Milliseconds that calls wait which do not say for how long."),
      .only("true", "exclude.internal.topics", "A pattern takes no topic of the broker's own."),
      .bool(
        "allow.auto.create.topics", \.allowAutoCreateTopics,
        "Whether topics that are not there may be made by asking for them."),
    ]
  }

  private static var fetching: [PropertyEntry<Self>] {
    [
      .own(
        "auto.offset.reset", .string, default: "latest",
        "Where to begin without a position: earliest, latest, by_duration:PnDTnHnMn.nS before now,"
          + " or none, which is an error."
      ) { configuration, value throws(ClientFailure) in
        guard case .string(let text) = value else { return }
        configuration.autoOffsetReset = try offsetReset(text)
      },
      .choice(
        "isolation.level", \.isolationLevel,
        [("read_committed", .readCommitted), ("read_uncommitted", .readUncommitted)],
        "Whether records of a transaction are read before it is committed."),
      .number(
        "fetch.min.bytes", .int, \.fetchMinBytes, .atLeast(0),
        "Bytes that a broker waits for before it answers a fetch."),
      .number(
        "fetch.max.wait.ms", .int, \.fetchMaxWaitMilliseconds, .atLeast(0),
        "Milliseconds that it waits at most."),
      .number(
        "fetch.max.bytes", .int, \.fetchMaxBytes, .atLeast(0),
        "Bytes of an answer at most, apart from a first batch that is larger."),
      .number(
        "max.partition.fetch.bytes", .int, \.maxPartitionFetchBytes, .atLeast(0),
        "Bytes of one partition in an answer at most; as many more are fetched ahead."),
      .number(
        "max.poll.records", .int, \.maxPollRecords, .atLeast(1), "Records of one poll at most."),
      .bool("check.crcs", \.checkCRCs, "Whether what was fetched is held against its checksum."),
      .text(
        "client.rack", \.clientRack, "Where the consumer is; a broker may tell of a nearer one."),
    ]
  }

  private static func assignor(_ name: String) throws(ClientFailure) -> Assignor {
    let package = "org.apache.kafka.clients.consumer."
    switch name {
    case "range", package + "RangeAssignor": return .range
    case "roundrobin", package + "RoundRobinAssignor": return .roundRobin
    case "sticky", package + "StickyAssignor": return .sticky
    case "cooperative-sticky", package + "CooperativeStickyAssignor": return .cooperativeSticky
    default:
      throw ClientFailure(
        .invalidArgument,
        "Invalid value \(name) for configuration partition.assignment.strategy: it is none of"
          + " range, roundrobin, sticky, cooperative-sticky.")
    }
  }

  private static func offsetReset(_ text: String) throws(ClientFailure) -> OffsetReset {
    switch text {
    case "earliest": return .earliest
    case "latest": return .latest
    case "none": return .none
    default:
      let prefix = "by_duration:"
      guard text.hasPrefix(prefix),
        let milliseconds = ISODuration.milliseconds(String(text.dropFirst(prefix.count))),
        milliseconds >= 0
      else {
        throw ClientFailure(
          .invalidArgument,
          "Invalid value \(text) for configuration auto.offset.reset: Invalid value `\(text)` for"
            + " configuration auto.offset.reset. The value must be either 'earliest', 'latest',"
            + " 'none' or of the format 'by_duration:<PnDTnHnMn.nS.>'.")
      }
      return .byDuration(milliseconds: milliseconds)
    }
  }
}
