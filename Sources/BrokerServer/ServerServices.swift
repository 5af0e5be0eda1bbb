import Broker
import Counters
import Logging

/// What all connections of a server share.
struct ServerServices: Sendable {
  let configuration: ServerConfiguration
  let handler: any RequestHandler
  let budget: MemoryBudget
  let registry: ConnectionRegistry
  let counters: ServerCounters
  let log: ConnectionLog
  let logger: Logger

  init(
    configuration: ServerConfiguration, handler: any RequestHandler, logger: Logger,
    counters: CounterRegistry
  ) {
    self.configuration = configuration
    self.handler = handler
    self.logger = logger
    budget = MemoryBudget(
      limit: configuration.memoryBudgetBytes, isUnderPressure: configuration.isUnderPressure)
    self.counters = ServerCounters(counters, budget)
    registry = ConnectionRegistry(configuration)
    log = ConnectionLog(logger)
  }
}
