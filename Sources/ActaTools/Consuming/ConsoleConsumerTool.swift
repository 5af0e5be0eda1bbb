import ActaClient
package import Arguments
import Logging

/// `kafka-console-consumer`: prints what is in topics, and what comes.
package struct ConsoleConsumerTool: Tool {
  package static let name = "console-consumer"

  private typealias Options = ConsoleConsumerOptions

  private static let logger = "org.apache.kafka.tools.consumer.ConsoleConsumer"

  private let invocation: Invocation

  package init(_ invocation: Invocation) throws { self.invocation = invocation }

  package func run(_ console: Console) async throws -> Int32 {
    let source = try ConsumerSource(invocation)
    notify(console)
    let formatter = try formatter()
    let properties = source.properties
    do {
      let configuration = try properties.consumer(console)
      let consumer = try Consumer(
        configuration, key: BytesDeserializer(), value: BytesDeserializer())
      try consumer.start()
      let printing = RecordPrinting(
        formatter: formatter,
        limit: invocation[Options.maxMessages].flatMap { $0 == -1 ? nil : max(0, Int($0)) },
        timeoutMilliseconds: invocation[Options.timeout].flatMap { $0 < 0 ? nil : $0 },
        skipsErrors: invocation[Options.skipsErrors], console: console, kafkaLogger: Self.logger)
      try await printing.run(consumer, from: source)
    } catch {
      // Kafka's has a stack behind it.
      console.log(
        .error, "Unknown error when running consumer: ", logger: Self.logger)
      console.errors.write(FailureText.logged(error) + "\n")
      return 1
    }
    if invocation[Options.systemTestEvents] { console.output.write("shutdown_complete\n") }
    return 0
  }

  package static func answer(to error: UsageError, columns: Int) -> Answer {
    answerListingOptions(to: error, columns: columns)
  }

  private func notify(_ console: Console) {
    Options.commandProperty.notify(invocation, console, as: "Option")
    Options.commandConfig.notify(invocation, console, as: "Option")
    Options.formatterProperty.notify(invocation, console, as: "Option")
  }

  private func formatter() throws -> any RecordFormatter {
    var properties = try ClientProperties(
      file: invocation[Options.formatterConfig],
      given: Options.formatterProperty.value(invocation))
    for (name, option) in [
      ("key.deserializer", Options.keyDeserializer),
      ("value.deserializer", Options.valueDeserializer),
    ] {
      if let deserializer = invocation[option] { properties[name] = deserializer }
    }
    return try RecordFormatters.named(
      invocation[Options.formatter], properties: properties.values)
  }
}
