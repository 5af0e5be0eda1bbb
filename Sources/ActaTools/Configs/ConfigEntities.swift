import ActaClient
import Arguments

/// Whose settings `kafka-configs` is about: types, and names in the same order.
struct ConfigEntities: Sendable {
  let types: [String]
  /// Empty for what holds for all without settings of their own.
  let names: [String]

  private static let known = [
    "broker-loggers", "topics", "clients", "users", "brokers", "ips", "client-metrics", "groups",
  ]

  /// - Throws: `ToolError`, in Kafka's words and order.
  init(_ invocation: Invocation) throws(ToolError) {
    let shortcuts = ConfigOptions.shortcuts
    types =
      invocation[ConfigOptions.entityTypes]
      + shortcuts.filter { invocation[$0.named] != nil }.map(\.type)
      + shortcuts.filter { $0.defaults.map { invocation[$0] } == true }.map(\.type)
    names =
      Self.namesInOrder(invocation) + shortcuts.compactMap { invocation[$0.named] }
      + shortcuts.filter { $0.defaults.map { invocation[$0] } == true }.map { _ in "" }
    try checkTypes(invocation)
    try checkNames()
    if invocation[ConfigOptions.alter] {
      try checkAlteration(invocation)
    } else {
      try checkDescription()
    }
  }

  var type: String { types[0] }
  /// `nil` is all of the type.
  var name: String? { names.first }

  /// `topic` for `topics`.
  var noun: String { String(type.dropLast()) }

  /// What the broker calls it; `nil` for what has quotas.
  var kind: ConfigResource.Kind? {
    switch type {
    case "topics": .topic
    case "brokers": .broker
    case "broker-loggers": .brokerLogger
    case "client-metrics": .clientMetrics
    case "groups": .group
    default: nil
    }
  }

  /// Names and the word for the default may come mixed.
  private static func namesInOrder(_ invocation: Invocation) -> [String] {
    var names = invocation[ConfigOptions.entityNames][...]
    return invocation.order.compactMap { option in
      if option == ConfigOptions.entityDefault.declaration.name { return "" }
      return option == ConfigOptions.entityNames.declaration.name ? names.popFirst() : nil
    }
  }

  private func checkTypes(_ invocation: Invocation) throws(ToolError) {
    let connection = ConfigOptions.connection
    let twice = Set(types.filter { type in types.count { $0 == type } > 1 }).sorted()
    if !twice.isEmpty {
      throw ToolError("Duplicate entity type(s) specified: \(twice.joined(separator: ","))")
    }
    switch (
      invocation[connection.bootstrapServer],
      connection.bootstrapController.flatMap { invocation[$0] }
    ) {
    case (nil, nil):
      throw ToolError("Either --bootstrap-server or --bootstrap-controller must be specified.")
    case (_?, _?):
      throw ToolError("Only one of --bootstrap-server or --bootstrap-controller can be specified")
    default: break
    }
    if let unknown = types.first(where: { !Self.known.contains($0) }) {
      throw ToolError(
        "Invalid entity type \(unknown), the entity type must be one of "
          + Self.known.joined(separator: ", ")
          + " with a --bootstrap-server or --bootstrap-controller argument")
    }
    if types.isEmpty { throw ToolError("At least one entity type must be specified") }
    if types.count > 1, Set(types) != ["users", "clients"] {
      throw ToolError("Only 'users' and 'clients' entity types may be specified together")
    }
    let isNamedTwice =
      invocation.given.count(
        of: [
          ConfigOptions.entityTypes, ConfigOptions.entityNames, ConfigOptions.entityDefault,
        ]) > 0
      && invocation.given.count(
        of: ConfigOptions.shortcuts.map(\.named) + ConfigOptions.shortcuts.compactMap(\.defaults))
        > 0
    if isNamedTwice {
      throw ToolError(
        "--entity-{type,name,default} should not be used in conjunction with specific entity flags")
    }
  }

  private func checkNames() throws(ToolError) {
    if type == "ips",
      let wrong = names.first(where: { !$0.isEmpty && HostName.addresses($0).isEmpty })
    {
      throw ToolError(
        "The entity name for ips must be a valid IP or resolvable host, but it is: \(wrong)")
    }
    guard type == "brokers" || type == "broker-loggers" else { return }
    if let wrong = names.first(where: { !$0.isEmpty && Int32($0) == nil }) {
      throw ToolError(
        "The entity name for \(type) must be a valid integer broker id, but it is: \(wrong)")
    }
  }

  /// Whether there is something that holds for those without settings of their own.
  private var hasDefaults: Bool {
    !Set(types).isDisjoint(with: ["users", "clients", "brokers", "ips"])
  }

  private func checkDescription() throws(ToolError) {
    let types = types.joined(separator: ",")
    if !hasDefaults, names.contains("") {
      throw ToolError("--entity-default must not be specified with --describe of \(types)")
    }
    if type == "broker-loggers", names.isEmpty {
      throw ToolError("An entity name must be specified with --describe of \(types)")
    }
  }

  private func checkAlteration(_ invocation: Invocation) throws(ToolError) {
    let isNamed = names.contains { !$0.isEmpty }
    if hasDefaults {
      if names.isEmpty {
        throw ToolError(
          "An entity-name or default entity must be specified with --alter of users, clients, "
            + "brokers or ips")
      }
    } else if !isNamed {
      throw ToolError(
        "An entity name must be specified with --alter of \(types.joined(separator: ","))")
    } else if names.contains("") {
      throw ToolError("An entity name must be specified for every entity type")
    }
    let given = invocation.given
    if given.count(of: [ConfigOptions.addConfig, ConfigOptions.addConfigFile]) == 2 {
      throw ToolError("Only one of --add-config or --add-config-file must be specified")
    }
    let changes: [any DeclaredOption] = [
      ConfigOptions.addConfig, ConfigOptions.addConfigFile, ConfigOptions.deleteConfig,
    ]
    if given.count(of: changes) == 0 {
      throw ToolError(
        "At least one of --add-config, --add-config-file, or --delete-config must be specified with "
          + "--alter")
    }
  }
}
