/// Keys that a Kafka broker's configuration may contain and that mean nothing here: quorum and
/// replication, the JVM, tools of vendors, and security that is not served yet. They are accepted
/// and named in a notice, so that a file written for Kafka starts Acta as it is.
package enum ToleratedKeys {
  package static func contains(_ name: String) -> Bool {
    names.contains(name) || prefixes.contains { name.hasPrefix($0) }
  }

  /// Families of which this broker serves other members are listed key by key, lest a typing error
  /// in one of those be taken for a key that means nothing.
  static let names: Set<String> = [
    "advertised.host.name", "advertised.port", "allow.everyone.if.no.acl.found",
    "alter.config.policy.class.name", "alter.log.dirs.replication.quota.window.num",
    "alter.log.dirs.replication.quota.window.size.seconds", "auto.include.jmx.reporter",
    "auto.leader.rebalance.enable", "broker.heartbeat.interval.ms", "broker.id.generation.enable",
    "broker.rack", "broker.session.timeout.ms", "client.quota.callback.class", "config.providers",
    "connection.failed.authentication.delay.ms", "controlled.shutdown.max.retries",
    "controlled.shutdown.retry.backoff.ms", "create.topic.policy.class.name",
    "delete.records.purgatory.purge.interval.requests", "early.start.listeners",
    "fetch.purgatory.purge.interval.requests", "group.consumer.assignor.offload.enable",
    "group.consumer.max.assignment.interval.ms", "group.consumer.min.assignment.interval.ms",
    "group.coordinator.append.linger.ms", "group.coordinator.append.max.buffer.size",
    "group.coordinator.background.threads", "group.coordinator.cached.buffer.max.bytes",
    "group.coordinator.new.enable", "group.coordinator.threads",
    "group.share.assignment.interval.ms", "group.share.assignor.offload.enable",
    "group.share.assignors", "group.share.initialize.retry.interval.ms",
    "group.share.max.assignment.interval.ms", "group.share.max.delivery.count.limit",
    "group.share.max.groups", "group.share.max.heartbeat.interval.ms",
    "group.share.max.partition.max.record.locks", "group.share.max.record.lock.duration.ms",
    "group.share.max.session.timeout.ms", "group.share.min.assignment.interval.ms",
    "group.share.min.delivery.count.limit", "group.share.min.heartbeat.interval.ms",
    "group.share.min.partition.max.record.locks", "group.share.min.record.lock.duration.ms",
    "group.share.min.session.timeout.ms", "group.share.persister.class.name", "host.name",
    "initial.broker.registration.timeout.ms", "inter.broker.protocol.version",
    "leader.imbalance.check.interval.seconds", "leader.imbalance.per.broker.percentage",
    "log.dir.failure.timeout.ms", "log.flush.offset.checkpoint.interval.ms",
    "log.flush.start.offset.checkpoint.interval.ms", "log.initial.task.delay.ms",
    "log.message.downconversion.enable", "log.message.format.version",
    "log.message.timestamp.difference.max.ms",
    "max.connections.per.ip.overrides", "num.quota.samples",
    "num.replica.alter.log.dirs.threads", "offsets.commit.required.acks",
    "offsets.load.buffer.size", "offsets.topic.compression.codec", "offsets.topic.segment.bytes",
    "port", "principal.builder.class", "producer.purgatory.purge.interval.requests",
    "queued.max.request.bytes", "quota.window.num", "quota.window.size.seconds",
    "reserved.broker.max.id", "server.max.startup.time.ms",
    "socket.connection.setup.timeout.max.ms", "socket.connection.setup.timeout.ms",
    "transaction.state.log.load.buffer.size", "transaction.state.log.segment.bytes",
  ]

  private static let prefixes = [
    "config.providers.", "confluent.", "controller.", "delegation.token.", "eligible.leader.",
    "group.streams.", "kafka.", "leader.replication.", "listener.name.", "log4j.", "metadata.",
    "metric.", "metrics.", "password.encoder.", "quorum.", "remote.", "replica.", "replication.",
    "sasl.", "security.", "share.coordinator.", "ssl.", "telemetry.", "unstable.", "zookeeper.",
  ]
}
