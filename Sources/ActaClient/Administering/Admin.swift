import ClientCore
import Threads

/// Looks after a cluster: its topics, configurations, groups, transactions and brokers.
///
/// ```swift
/// let admin = try Admin(AdminConfiguration(bootstrapServers: ["localhost:9092"]))
/// try admin.start()
/// let created = try await admin.createTopics([NewTopic("orders", partitions: 3)])
/// print(try created["orders"]?.get().topicID ?? "?")
/// await admin.close()
/// ```
///
/// Most calls are about several things at once, and what becomes of each is told by itself: the result is a
/// dictionary, with the error of each that was refused. A call throws what concerns all of it: nobody could be
/// reached in time, the broker does not speak the API, the administrator does not work.
///
/// What may succeed a little later is tried again, up to `defaultAPITimeoutMilliseconds` a call: brokers that are
/// away, leaders and coordinators that move. A topic that is not there is told at once. As in Kafka, a broker may
/// have done what it could not tell any more: a topic whose creation is tried again exists then. A task that is
/// cancelled waits no longer and makes no further attempt; what it has asked for may have been done.
///
/// An administrator works between `start()` and `close()`, or for as long as `run()` runs. Used outside of that it
/// throws at once. It may be used from any number of tasks.
public final class Admin: Sendable {
  private let life: ClientLife<AdminEngine>
  private let timeoutMilliseconds: Int64
  private let backoff: Backoff
  private let retries: Int

  /// Nothing is connected to yet.
  ///
  /// - Throws: `KafkaError` for a configuration that cannot be meant; its description names the setting.
  public convenience init(_ configuration: AdminConfiguration) throws(KafkaError) {
    try self.init(configuration, over: nil)
  }

  /// - Parameter makeLink: What leads to the brokers; `nil` is TCP.
  package init(
    _ configuration: AdminConfiguration, over makeLink: LinkMaker?
  ) throws(KafkaError) {
    let settings = try KafkaError.translating { () throws(ClientFailure) in
      try configuration.networkSettings()
    }
    timeoutMilliseconds = configuration.defaultAPITimeoutMilliseconds
    backoff = settings.retryBackoff
    retries = Int(configuration.retries)
    life = ClientLife("admin") { loop in
      AdminEngine(ClientNetwork(settings, on: loop, over: makeLink), on: loop)
    }
  }

  // MARK: Its life

  /// Begins to work. Does nothing more if it has begun already.
  ///
  /// - Throws: `KafkaError` after `close()`.
  public func start() throws(KafkaError) {
    try KafkaError.translating { () throws(ClientFailure) in try life.start() }
  }

  /// Works until the task is cancelled or the administrator is closed.
  ///
  /// - Throws: `KafkaError` after `close()`.
  public func run() async throws(KafkaError) {
    try start()
    await life.ended()
    await close()
  }

  /// Stops; calls under way fail.
  public func close() async { await life.close { _ in } }

  // MARK: Calls

  /// What all calls do: within their time, and with errors as a program sees them.
  ///
  /// - Parameter name: Java's for the call, as it stands in its time-outs.
  func perform<R>(
    _ name: String, _ body: (AdminCall) async throws(ClientFailure) -> R
  ) async throws(KafkaError) -> R {
    do throws(ClientFailure) {
      let call = AdminCall(
        try life.working(), withinMilliseconds: timeoutMilliseconds, backoff: backoff,
        retries: retries)
      do throws(ClientFailure) {
        return try await body(call)
      } catch {
        throw await call.timeout(error, of: name)
      }
    } catch {
      throw KafkaError(error)
    }
  }

  /// The same about several things.
  func performEach<Key, Value>(
    _ name: String,
    _ body: (AdminCall) async throws(ClientFailure) -> [Key: Result<Value, ClientFailure>]
  ) async throws(KafkaError) -> [Key: Result<Value, KafkaError>] {
    try await perform(name, body).mapValues { $0.mapError { KafkaError($0) } }
  }
}

extension Admin {
  /// Lends an administrator that works for as long as `body` runs, and is closed behind it.
  ///
  /// - Throws: `KafkaError` for a configuration that cannot be meant; what `body` throws.
  public static func with<Result: Sendable>(
    _ configuration: AdminConfiguration, _ body: (Admin) async throws -> Result
  ) async throws -> Result {
    let admin = try Admin(configuration)
    try admin.start()
    do {
      let result = try await body(admin)
      await admin.close()
      return result
    } catch {
      await admin.close()
      throw error
    }
  }
}
