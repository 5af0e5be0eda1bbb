package import Arguments

extension ConsumerGroupOptions {
  /// In Kafka's order, which decides what is said where several are broken.
  static let rules: [Rule] =
    [unavailable, bootstrap]
    + [
      rule(of: describe) { given in
        if given.count(of: [group, allGroups]) == 0 { return needsGroups(describe) }
        if given.count(of: [members, offsets, state]) > 1 {
          return
            "Option [describe] takes at most one of these options: [members], [offsets], [state]"
        }
        return given.hasValue(state) ? "Option [describe] does not take a value for [state]" : nil
      },
      rule(of: delete) { given in
        if given.count(of: [group, allGroups]) == 0 { return needsGroups(delete) }
        return given.contains(topic)
          ? "The consumer does not support topic-specific offset deletion from a consumer group."
          : nil
      },
      rule(of: deleteOffsets) { given in
        given.count(of: [group, topic]) < 2
          ? "Option [delete-offsets] takes the following options: [topic], [group]" : nil
      },
      rule(of: resetOffsets) { given in
        if given.count(of: [dryRun, execute]) == 2 {
          return "Option [reset-offsets] only accepts one of [execute] and [dry-run]"
        }
        if given.count(of: [group, allGroups]) == 0 { return needsGroups(resetOffsets) }
        return scenarios.lazy.compactMap { conflict($0, scenarios, given) }.first
      },
      noticed { conflict(group, [allGroups, list], $0) ?? conflict(topic, [list, describe], $0) },
      noticed { conflict(OutputFormat.option, [delete, deleteOffsets, export], $0) },
      noticed { given in
        given.count(of: actions) == 1
          ? nil
          : "Command must include exactly one action: "
            + actions.map { "--\($0.declaration.name)" }.joined(separator: ", ")
      },
    ]

  /// Jopt-simple's own: options that are only there beside others.
  private static let unavailable = Rule.that(showsOptions: false) { given in
    let needs: [(any DeclaredOption, [any DeclaredOption])] = [
      (members, [describe]), (offsets, [describe]), (state, [describe, list]), (type, [list]),
      (verbose, [describe]),
    ]
    let names = needs.filter { given.contains($0.0) && given.count(of: $0.1) == 0 }
      .map(\.0.declaration.name)
    return names.isEmpty
      ? nil
      : "Option(s) [\(names.joined(separator: ", "))] are unavailable given other options on the "
        + "command line"
  }

  private static let bootstrap = Rule.that { given in
    given.count(of: [validateRegex, connection.bootstrapServer]) == 0
      ? "Missing required argument \"[bootstrap-server]\"" : nil
  }

  private static func needsGroups(_ action: any DeclaredOption) -> String {
    "Option [\(action.declaration.name)] takes one of these options: [all-groups], [group]"
  }

  /// The sentence if one of the others stands beside `option`.
  private static func conflict(
    _ option: any DeclaredOption, _ others: [any DeclaredOption], _ given: GivenOptions
  ) -> String? {
    guard given.contains(option) else { return nil }
    let name = option.declaration.name
    return others.map(\.declaration.name).first { other in
      other != name && others.contains { $0.declaration.name == other && given.contains($0) }
    }.map { "Option \"[\(name)]\" can't be used with option \"[\($0)]\"" }
  }

  private static func rule(
    of action: Option<Bool>, _ sentence: @escaping @Sendable (GivenOptions) -> String?
  ) -> Rule {
    noticed { $0.contains(action) ? sentence($0) : nil }
  }

  /// Kafka says that nothing will be done before it looks whether anything could be.
  private static func noticed(
    _ sentence: @escaping @Sendable (GivenOptions) -> String?
  ) -> Rule {
    .that { given in
      sentence(given).map { isDryRunMeant(given) ? dryRunNotice + $0 : $0 }
    }
  }
}

extension ConsumerGroupsTool {
  package static var command: Command {
    Command(
      name: "kafka-consumer-groups",
      abstract:
        "This tool helps to list, describe, delete and manage the offsets of consumer groups.",
      version: KafkaVersion.current, dialect: .jopt, options: ConsumerGroupOptions.all,
      rules: ConsumerGroupOptions.rules)
  }
}
