import ActaCLI
import ActaClient
package import Arguments

/// `kafka-transactions`: what producers have open, and an end to what hangs.
package struct TransactionsTool: Tool {
  package static let name = "transactions"

  let invocation: Invocation

  package init(_ invocation: Invocation) throws { self.invocation = invocation }

  package func run(_ console: Console) async throws -> Int32 {
    let command = invocation.path.command.name
    try checkWords(command)
    let configuration = try ConnectionOptions.adminConfiguration(
      servers: invocation[TransactionOptions.bootstrapServer],
      file: invocation[TransactionOptions.commandConfig])
    try await Admin.with(configuration) { admin in
      switch command {
      case "list": try await list(admin, console)
      case "describe": try await describe(admin, console)
      case "describe-producers": try await describeProducers(admin, console)
      case "abort": try await abort(admin, console)
      case "find-hanging": try await findHanging(admin, console)
      default: try await forceTermination(admin)
      }
    }
    return 0
  }

  package static func report(_ error: any Error, to console: Console) -> Int32 {
    var text = FailureText.of(error)
    if let error = error as? ClientSetupFailure {
      text =
        error.isAboutFile
        ? "Failed to load admin client properties: \(error). Enable debug logging for additional "
          + "detail." : error.logged
    }
    console.errors.write(text + "\n")
    return 1
  }

  /// What is wrong is said before anybody is asked.
  private func checkWords(_ command: String) throws {
    if command == "find-hanging" { try checkScope() }
    if command == "abort" { try checkIdentity() }
  }

  /// Runs a call; a failure is told in one line.
  func attempting<Result>(
    _ what: String, _ body: () async throws -> Result
  ) async throws -> Result {
    do {
      return try await body()
    } catch  where (error as? KafkaError)?.isInterruption != true {
      throw ToolError(
        "Failed to \(what): \(FailureText.whole(error)). Enable debug logging for additional detail."
      )
    }
  }

  func write(_ titles: [String], _ rows: [[String]], _ console: Console) {
    if invocation[OutputFormat.unlisted] == .json {
      console.writeJSON(
        .array(
          rows.map { row in
            .object(zip(titles, row).map { (Self.jsonName($0), Self.json($1, of: $0)) })
          }))
      return
    }
    var table = TextTable(
      titles.map { TextTable.Column($0) }, separator: "\t", separatesLast: true)
    for row in rows { table.append(row) }
    console.output.write(table.lines.map { $0 + "\n" }.joined())
  }

  /// `producerId` for `ProducerId`.
  private static func jsonName(_ title: String) -> String {
    if title == "Duration(min)" { return "durationMin" }
    return title.prefix(1).lowercased() + title.dropFirst()
  }

  /// Columns of texts; all others are numbers, or None.
  private static let texts: Set<String> = [
    "TransactionalId", "TransactionState", "Topic", "TopicPartitions",
  ]

  private static func json(_ cell: String, of title: String) -> JSONValue {
    if texts.contains(title) { return .string(cell) }
    return cell == "None" ? .null : .number(cell)
  }

  // MARK: Transactional ids

  private func list(_ admin: Admin, _ console: Console) async throws {
    let transactions = try await attempting("list transactions") {
      try await admin.listTransactions(
        longerThanMilliseconds: invocation[TransactionOptions.duration],
        matching: invocation[TransactionOptions.pattern])
    }
    write(
      ["TransactionalId", "Coordinator", "ProducerId", "TransactionState"],
      transactions.map {
        [$0.transactionalID, "\($0.coordinator)", "\($0.producerID)", $0.state.rawValue]
      }, console)
  }

  private func describe(_ admin: Admin, _ console: Console) async throws {
    let id = invocation[TransactionOptions.transactionalID]
    let description = try await attempting(
      "describe transaction state of transactional-id `\(id)`"
    ) { () throws -> [TransactionDescription] in
      do {
        return try await admin.describeTransactions([id]).values.map { try $0.get() }
      } catch let error as KafkaError where error.code == Self.unknownTransactionalID {
        throw ToolError(
          "DescribeTransactions request for transactionalId `\(id)` failed because the ID could not "
            + "be found")
      }
    }
    let now = LogOutput.now()
    write(
      [
        "CoordinatorId", "TransactionalId", "ProducerId", "ProducerEpoch", "TransactionState",
        "TransactionTimeoutMs", "CurrentTransactionStartTimeMs", "TransactionDurationMs",
        "TopicPartitions",
      ],
      description.map { transaction in
        [
          "\(transaction.coordinator)", transaction.transactionalID, "\(transaction.producerID)",
          "\(transaction.producerEpoch)", transaction.state.rawValue,
          "\(transaction.timeoutMilliseconds)", Self.text(transaction.startTime),
          Self.text(transaction.startTime.map { now - $0 }),
          Self.text(transaction.partitions),
        ]
      }, console)
  }

  private func forceTermination(_ admin: Admin) async throws {
    let id = invocation[TransactionOptions.terminatedID]
    try await attempting("force terminate transactionalId `\(id)`") {
      try await admin.forceTerminateTransaction(id)
    }
  }

  private static let unknownTransactionalID: Int16 = 105

  private static func text(_ partitions: Set<TopicPartition>) -> String {
    partitions.sorted { ($0.topic, $0.partition) < ($1.topic, $1.partition) }
      .map { "\($0)" }.joined(separator: ",")
  }

  static func text(_ number: Int64?) -> String { number.map { "\($0)" } ?? "None" }
}
