package import Arguments

/// What may stand behind `kafka-configs`.
enum ConfigOptions {
  static let connection = ConnectionOptions.joptWithControllers

  static let describe = Option(flag: "describe", help: "List settings that were set at run time.")
  static let alter = Option(flag: "alter", help: "Change settings.")
  static let all = Option(
    flag: "all", help: "Describe all settings, those of the file and the defaults as well.")

  static let entityTypes = Option(
    repeatable: "entity-type", takes: .text, valueName: "",
    help: "What has the settings: topics, clients, users, brokers, broker-loggers, ips, "
      + "client-metrics or groups. Users and clients may be given together.")
  static let entityNames = Option(
    repeatable: "entity-name", takes: .text, valueName: "",
    help: "Its name: a topic's, client's, user's or group's, a broker's id.")
  static let entityDefault = Option(
    flag: "entity-default", help: "What holds for those without settings of their own.")

  static let addConfig = Option(
    "add-config", takes: .text, valueName: "",
    help: "Settings to set: k1=v1,k2=[v1,v2],k3=v3. Brackets keep commas in a value. Names are "
      + "Kafka's; --describe --all lists those of a topic or a broker, users and clients have "
      + "quotas.")
  static let addConfigFile = Option(
    "add-config-file", takes: .text, valueName: "", help: "A properties file with settings to set.")
  static let deleteConfig = Option(
    repeatable: "delete-config", takes: .text, valueName: "",
    help: "Names of settings to take back, separated by commas: k1,k2.")

  /// A type with the option that names one of it, and the one for its defaults.
  struct Shortcut: Sendable {
    let type: String
    let named: Option<String?>
    let defaults: Option<Bool>?

    init(_ type: String, _ name: String, _ noun: String, hasDefaults: Bool = false) {
      self.type = type
      named = Option(name, takes: .text, valueName: "", help: "\(noun).")
      defaults =
        hasDefaults
        ? Option(flag: "\(name)-defaults", help: "What holds for all \(type) without their own.")
        : nil
    }
  }

  static let shortcuts = [
    Shortcut("topics", "topic", "The topic's name"),
    Shortcut("clients", "client", "The client's id", hasDefaults: true),
    Shortcut("users", "user", "The user's principal", hasDefaults: true),
    Shortcut("brokers", "broker", "The broker's id", hasDefaults: true),
    Shortcut("broker-loggers", "broker-logger", "The id of the broker that logs"),
    Shortcut("ips", "ip", "The address", hasDefaults: true),
    Shortcut("groups", "group", "The group's id"),
    Shortcut("client-metrics", "client-metrics", "The name of the metrics' settings"),
  ]

  static let options: [any DeclaredOption] =
    connection.all
    + [
      describe, alter, all, entityTypes, entityNames, entityDefault, addConfig, addConfigFile,
      deleteConfig, OutputFormat.option,
    ] + shortcuts.map(\.named) + shortcuts.compactMap(\.defaults)

  static let rules: [Rule] = [
    .that { given in
      given.count(of: [describe, alter]) == 1
        ? nil : "Command must include exactly one action: --describe, --alter"
    },
    .excludes(describe, [addConfig, deleteConfig]),
  ]
}

extension ConfigsTool {
  package static var command: Command {
    let abstract =
      "This tool helps to manipulate and describe entity config for a topic, client, user, broker, "
      + "ip, client-metrics or group"
    return Command(
      name: "kafka-configs", abstract: abstract, version: KafkaVersion.current, dialect: .jopt,
      options: ConfigOptions.options, rules: ConfigOptions.rules)
  }
}
