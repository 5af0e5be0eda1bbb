extension ConfigKeys {
  /// Every key that a broker describes: Kafka's, the defaults of topics, and Acta's own.
  package static let broker: [ConfigKey] =
    identity + network + topicDefaults + logTimes + logs + groups + consumerGroups + shareGroups
    + transactions + security + acta

  package static let brokerByName: [String: ConfigKey] = byName(broker)
}

extension ConfigKeys {
  private static let identity: [ConfigKey] = [
    ConfigKey(
      "broker.id", .int, -1,
      "The broker's number under its old name; equal to node.id when both are given."),
    ConfigKey(
      "node.id", .int, nil, .atLeast(0),
      "The broker's number, which clients see as leader and replica; 1 when nothing sets it."),
    ConfigKey(
      "process.roles", .list, [], .subset(of: ["broker", "controller"], mayBeEmpty: true),
      "Roles of a Kafka node; accepted for compatibility, for one process does everything."),
    ConfigKey(
      "controlled.shutdown.enable", .boolean, true,
      "Whether leadership moves away before a stop; accepted for compatibility."),
    ConfigKey(
      "background.threads", .int, 10, .atLeast(1), update: .clusterWide,
      "Threads for background work; accepted for compatibility."),
  ]

  private static let network: [ConfigKey] = [
    ConfigKey(
      "listeners", .list, ["PLAINTEXT://:9092"], .distinct, update: .perBroker,
      "Addresses to listen on, as NAME://host:port; an empty host is every interface, port 0 lets"
        + " the system choose."),
    ConfigKey(
      "advertised.listeners", .list, nil, .distinct,
      "Addresses that clients are told to connect to, by listener; those of listeners if not set."),
    ConfigKey(
      "listener.security.protocol.map", .string,
      "SASL_SSL:SASL_SSL,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT",
      update: .perBroker,
      "The security protocol of each listener name, as NAME:PROTOCOL pairs."),
    ConfigKey(
      "inter.broker.listener.name", .string, nil,
      "The listener for traffic between brokers; it must be an advertised one, and is otherwise of"
        + " no consequence."),
    ConfigKey(
      "controller.listener.names", .list, nil, .distinct,
      "Listeners meant for Kafka's controllers: they are neither bound nor advertised."),
    ConfigKey(
      "socket.request.max.bytes", .int, 104_857_600, .atLeast(1),
      "The largest request accepted; a connection that announces more is closed."),
    ConfigKey(
      "socket.send.buffer.bytes", .int, 102_400,
      "Size of a socket's send buffer; -1 leaves it to the system."),
    ConfigKey(
      "socket.receive.buffer.bytes", .int, 102_400,
      "Size of a socket's receive buffer; -1 leaves it to the system."),
    ConfigKey(
      "socket.listen.backlog.size", .int, 50, .atLeast(1),
      "Connections that may wait to be accepted."),
    ConfigKey(
      "connections.max.idle.ms", .long, 600_000,
      "Time after which a connection without requests is closed, in milliseconds; never if negative."
    ),
    ConfigKey(
      "max.connections", .int, .integer(Int64(Int32.max)), .atLeast(0), update: .clusterWide,
      "Connections accepted in all; if it is not set the server's own limit holds."),
    ConfigKey(
      "max.connections.per.ip", .int, .integer(Int64(Int32.max)), .atLeast(0),
      update: .clusterWide,
      "Connections accepted from one address; if it is not set the server's own limit holds."),
    ConfigKey(
      "max.connection.creation.rate", .int, .integer(Int64(Int32.max)), .atLeast(0),
      update: .clusterWide,
      "Connections that may be made in a second; accepted for compatibility."),
    ConfigKey(
      "queued.max.requests", .int, 500, .atLeast(1),
      "Requests that may wait for a thread; accepted for compatibility, acta.queue.max.bytes bounds"
        + " what waits."),
    ConfigKey(
      "num.network.threads", .int, 3, .atLeast(1), update: .clusterWide,
      "Threads that serve connections."),
    ConfigKey(
      "num.io.threads", .int, 8, .atLeast(1), update: .clusterWide,
      "Threads that work on requests; accepted for compatibility, one thread writes."),
    ConfigKey(
      "request.timeout.ms", .int, 30_000,
      "Time that the broker waits for answers to its own requests, in milliseconds; accepted for"
        + " compatibility."),
    ConfigKey(
      "fetch.max.bytes", .int, 57_671_680, .atLeast(1024),
      "The most record bytes in one fetch response."),
    ConfigKey(
      "max.incremental.fetch.session.cache.slots", .int, 1000, .atLeast(0),
      "Fetch sessions kept; accepted for compatibility."),
    ConfigKey(
      "max.request.partition.size.limit", .int, 2000, .atLeast(1),
      "Partitions described in one answer to DescribeTopicPartitions."),
  ]

  private static let logs: [ConfigKey] = [
    ConfigKey(
      "log.dir", .list, nil, .distinct,
      "Directory of the database, if log.dirs is not set and the command line names no file."),
    ConfigKey(
      "log.dirs", .list, nil, .distinct,
      "Directories of logs; the database is acta.db in the first one, unless the command line names"
        + " a file."),
    ConfigKey(
      "num.partitions", .int, 1, .atLeast(1),
      "Partitions of a topic that is created without saying how many."),
    ConfigKey(
      "default.replication.factor", .int, 1, .atLeast(1),
      "Replicas of a topic that is created without saying how many; one broker can give one."),
    ConfigKey(
      "auto.create.topics.enable", .boolean, true,
      "Whether asking for a topic that does not exist creates it."),
    ConfigKey(
      "delete.topic.enable", .boolean, true, "Whether topics can be deleted."),
    ConfigKey(
      "log.retention.check.interval.ms", .long, 300_000, .atLeast(1),
      "Time between two rounds of retention, in milliseconds."),
    ConfigKey(
      "log.cleaner.enable", .boolean, true, "Whether compacted topics are compacted."),
    ConfigKey(
      "log.cleaner.backoff.ms", .long, 15_000, .atLeast(0), update: .clusterWide,
      "Time between two looks for something to compact, in milliseconds."),
    ConfigKey(
      "log.cleaner.threads", .int, 1, .atLeast(0), update: .clusterWide,
      "Threads of Kafka's cleaner; accepted for compatibility, one thread writes."),
    ConfigKey(
      "log.cleaner.io.max.bytes.per.second", .double, .double(.greatestFiniteMagnitude),
      update: .clusterWide,
      "What Kafka's cleaner may read and write in a second; accepted for compatibility."),
    ConfigKey(
      "log.cleaner.dedupe.buffer.size", .long, 134_217_728, update: .clusterWide,
      "Memory of Kafka's cleaner; accepted for compatibility."),
    ConfigKey(
      "log.cleaner.io.buffer.size", .int, 524_288, .atLeast(0), update: .clusterWide,
      "Memory for reading of Kafka's cleaner; accepted for compatibility."),
    ConfigKey(
      "log.cleaner.io.buffer.load.factor", .double, 0.9, update: .clusterWide,
      "How full the tables of Kafka's cleaner may get; accepted for compatibility."),
    ConfigKey(
      "num.recovery.threads.per.data.dir", .int, 2, .atLeast(1), update: .clusterWide,
      "Threads that look through logs at a start; accepted for compatibility."),
    ConfigKey(
      "num.replica.fetchers", .int, 1, update: .clusterWide,
      "Threads that copy from other brokers; accepted for compatibility, for there are none."),
  ]

  private static let security: [ConfigKey] = [
    ConfigKey(
      "sasl.enabled.mechanisms", .list, ["GSSAPI"], .distinct, update: .perBroker,
      "Ways to log in; accepted for compatibility, for SASL is not served yet."),
    ConfigKey(
      "sasl.server.max.receive.size", .int, 524_288,
      "The largest request before a client has logged in; accepted for compatibility."),
    ConfigKey(
      "connections.max.reauth.ms", .long, 0,
      "Time after which clients must log in again, in milliseconds; accepted for compatibility."),
    ConfigKey(
      "authorizer.class.name", .string, "",
      "Access control; must be empty, for there is none yet."),
    ConfigKey(
      "super.users", .string, nil,
      "Principals that access control never refuses; accepted for compatibility."),
  ]

  private static let acta: [ConfigKey] = [
    ConfigKey(
      "acta.tail.cache.bytes", .string, "25%", .memoryAmount, update: .clusterWide,
      "Memory for batches, appended or read, from which consumers are served: bytes, or with % a part of what"
        + " the machine or the control group has. It is taken as it is used, and given back when memory is short."
    ),
    ConfigKey(
      "acta.queue.max.bytes", .long, 33_554_432, .atLeast(1_048_576),
      "Bytes that may wait for the writer; beyond them no more requests are read from sockets."),
    ConfigKey(
      "acta.max.decompressed.bytes", .long, 67_108_864, .atLeast(1_048_576),
      "The most that one compressed batch may unpack to, whatever else is under way; a larger one is"
        + " refused."),
    ConfigKey(
      "acta.reader.threads", .int, 2, .within(1...64),
      "Threads that read from the database what is no longer in memory."),
    ConfigKey(
      "acta.wal.max.bytes", .long, -1, .atLeast(-1),
      "How long the write-ahead log may grow while a reader of the file keeps it from being emptied;"
        + " after that, producing and committing are refused. Less than 33554432 counts as that; -1 is"
        + " a quarter of what is free on the disk."),
    ConfigKey(
      "acta.disk.reserve.bytes", .long, 67_108_864, .atLeast(0),
      "Bytes kept back in a file beside the database, so that on a full disk there is room to delete"
        + " and for groups; 0 keeps none."),
    ConfigKey(
      "acta.offset.audit.retention.ms", .long, 7_776_000_000, .atLeast(-1),
      "How long the history of committed offsets and of groups is kept, in milliseconds; -1 keeps"
        + " all."),
  ]
}
