import ActaClient
package import Arguments

/// The options of `kafka-acls`, and which go together.
enum ACLOptions {
  static let connection = ConnectionOptions.joptWithControllers

  static let add = Option(flag: "add", help: "Add access rules.")
  static let remove = Option(flag: "remove", help: "Remove access rules.")
  static let list = Option(
    flag: "list", help: "List access rules, all of them or those of the resources that are named.")

  static let topic = resource("topic", help: "A topic; '*' is all of them.")
  static let group = resource("group", help: "A consumer group; '*' is all of them.")
  static let transactionalID = resource(
    "transactional-id", help: "A transactional id; '*' is all of them.")
  static let delegationToken = resource(
    "delegation-token", help: "A delegation token; '*' is all of them.")
  static let userPrincipal = resource("user-principal", help: "A user, whose tokens it is about.")
  static let cluster = Option(flag: "cluster", help: "The cluster.")
  static let patternType = Option<PatternTypeName>(
    "resource-pattern-type", takes: patternTypes, valueName: "",
    default: PatternTypeName(value: .literal),
    help: "What the names stand for: literal, themselves; prefixed, all that begin so. To list and "
      + "remove also any, whatever the rule's pattern, and match, whatever rule holds for the name."
  )

  static let operation = resource(
    "operation", valueName: "",
    help: "What may be done or may not: Read, Write, Create, Delete, Alter, Describe, "
      + "ClusterAction, DescribeConfigs, AlterConfigs, IdempotentWrite, CreateTokens, "
      + "DescribeTokens, TwoPhaseCommit or All. (default: All)")
  static let allowPrincipal = resource(
    "allow-principal", help: "Who may: User:name; User:* is anybody.")
  static let denyPrincipal = resource(
    "deny-principal", help: "Who may not, whatever else says so.")
  static let allowHost = resource(
    "allow-host", help: "From where; '*', any, if nothing is said.")
  static let denyHost = resource(
    "deny-host", help: "From where not; '*', any, if nothing is said.")
  static let principal = resource("principal", help: "List only the rules of this principal.")
  static let producer = Option(
    flag: "producer",
    help: "What a producer needs: to write, describe and create the topic, to write and describe "
      + "the transactional id.")
  static let consumer = Option(
    flag: "consumer",
    help: "What a consumer needs: to read and describe the topic, to read the group.")
  static let idempotent = Option(
    flag: "idempotent",
    help: "With --producer: that it may be idempotent without a transactional id.")
  static let force = Option(flag: "force", help: "Do not ask.")

  static let actions = [list, add, remove]

  static let all: [any DeclaredOption] =
    connection.all + actions
    + [
      topic, group, transactionalID, delegationToken, userPrincipal, cluster, patternType,
      operation, allowPrincipal, denyPrincipal, allowHost, denyHost, principal, producer, consumer,
      idempotent, force, OutputFormat.option,
    ]

  private static func resource(
    _ name: String, valueName: String? = nil, help: String
  ) -> Option<[String]> {
    Option(repeatable: name, takes: .text, valueName: valueName ?? name, help: help)
  }

  struct PatternTypeName: Sendable {
    let value: ACLResource.PatternType
  }

  private static let patternTypes = ValueType<PatternTypeName>(
    expectation: "any, match, literal or prefixed", javaName: "ANY|MATCH|LITERAL|PREFIXED",
    read: { text in
      ACLResource.PatternType.allCases.first { $0 != .unknown && $0.javaName == text.uppercased() }
        .map { PatternTypeName(value: $0) }
    }, text: { $0.value.javaName })

  /// In Kafka's order, which decides what is said where several are broken.
  static let rules: [Rule] = [
    .that { given in
      switch given.count(of: [connection.bootstrapServer, bootstrapController]) {
      case 0: "One of --bootstrap-server or --bootstrap-controller must be specified"
      case 1: nil
      default: "Only one of --bootstrap-server or --bootstrap-controller must be specified"
      }
    },
    .that { given in
      given.count(of: actions) == 1
        ? nil : "Command must include exactly one action: --list, --add, --remove. "
    },
    .excludes(
      list, [producer, consumer, allowHost, allowPrincipal, denyHost, denyPrincipal]),
    .excludes(producer, [operation, denyPrincipal, denyHost]),
    .excludes(consumer, [operation, denyPrincipal, denyHost]),
    .that { given in
      given.contains(principal) && !given.contains(list)
        ? "The --principal option is only available if --list is set" : nil
    },
    .that { given in
      given.contains(producer) && !given.contains(topic)
        ? "With --producer you must specify a --topic" : nil
    },
    .that { given in
      given.contains(idempotent) && !given.contains(producer)
        ? "The --idempotent option is only available if --producer is set" : nil
    },
    .that { given in
      guard given.contains(consumer) else { return nil }
      let isAlone = !given.contains(producer)
      let isMore = isAlone && given.count(of: [cluster, transactionalID]) > 0
      return given.count(of: [topic, group]) < 2 || isMore
        ? "With --consumer you must specify a --topic and a --group and no --cluster or "
          + "--transactional-id option should be specified."
        : nil
    },
  ]

  private static var bootstrapController: any DeclaredOption {
    connection.bootstrapController ?? connection.bootstrapServer
  }
}

extension ACLsTool {
  package static var command: Command {
    Command(
      name: "kafka-acls", abstract: "This tool helps to manage acls on kafka.",
      version: KafkaVersion.current, dialect: .jopt, options: ACLOptions.all,
      rules: ACLOptions.rules)
  }
}
