/// Keys that a Kafka broker's configuration may contain and that mean nothing here: quorum and
/// replication, the JVM, tools of vendors, and security that is not served yet. They are accepted
/// and named in a notice, so that a file written for Kafka starts Acta as it is.
package enum ToleratedKeys {
  package static func contains(_ name: String) -> Bool {
    names.contains(name) || prefixes.contains { name.hasPrefix($0) }
  }

  static let names: Set<String> = [
    "advertised.host.name", "advertised.port", "allow.everyone.if.no.acl.found",
    "alter.config.policy.class.name", "alter.log.dirs.replication.quota.window.num",
    "alter.log.dirs.replication.quota.window.size.seconds", "auto.include.jmx.reporter",
    "auto.leader.rebalance.enable", "broker.heartbeat.interval.ms", "broker.id.generation.enable",
    "broker.rack", "broker.session.timeout.ms", "client.quota.callback.class",
    "config.providers", "connection.failed.authentication.delay.ms",
    "controlled.shutdown.max.retries", "controlled.shutdown.retry.backoff.ms",
    "create.topic.policy.class.name", "delete.records.purgatory.purge.interval.requests",
    "early.start.listeners", "fetch.purgatory.purge.interval.requests", "host.name",
    "initial.broker.registration.timeout.ms", "inter.broker.protocol.version",
    "leader.imbalance.check.interval.seconds", "leader.imbalance.per.broker.percentage",
    "log.dir.failure.timeout.ms", "log.initial.task.delay.ms", "log.message.downconversion.enable",
    "log.message.format.version", "max.connection.creation.rate",
    "num.quota.samples",
    "num.recovery.threads.per.data.dir", "num.replica.alter.log.dirs.threads",
    "num.replica.fetchers", "offsets.load.buffer.size", "offsets.topic.compression.codec",
    "offsets.topic.segment.bytes", "port", "principal.builder.class",
    "producer.purgatory.purge.interval.requests", "queued.max.request.bytes", "quota.window.num",
    "quota.window.size.seconds", "server.max.startup.time.ms", "socket.connection.setup.timeout.ms",
    "socket.connection.setup.timeout.max.ms", "transaction.two.phase.commit.enable",
  ]

  private static let prefixes = [
    "confluent.", "config.providers.", "controller.", "delegation.token.", "eligible.leader.",
    "group.coordinator.", "group.consumer.", "group.share.", "group.streams.", "kafka.",
    "leader.replication.", "listener.name.", "log.cleaner.", "log.flush.", "log4j.", "metadata.",
    "metric.", "metrics.", "password.encoder.", "quorum.", "remote.", "replica.", "replication.",
    "sasl.", "security.", "share.coordinator.", "ssl.", "telemetry.", "transaction.state.log.",
    "unstable.", "zookeeper.",
  ]
}
