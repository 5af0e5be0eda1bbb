import ActaCLI
import ActaNode
import CGlibc
import Glibc
import KafkaConfig
import Logging
import SQLite

/// `acta serve`: reads the configuration, starts a node, and waits until it is told to stop or the
/// storage fails.
struct Serve {
  let arguments: ServeArguments

  /// The storage stopped by itself: an I/O error or corruption. Apart from a refused start (1), so
  /// that a supervisor can tell.
  private static let storageFailure: Int32 = 74

  /// Returns what the process ends with.
  func run() -> Int32 {
    ShutdownSignals.block()
    Self.tuneAllocator()
    Self.takeAllDescriptors()
    let logger = Logger(
      component: "acta", levels: LogLevels(arguments.logLevel.level),
      sink: LineLog(format: arguments.logFormat))
    do {
      return try serve(try settings(), logger: logger)
    } catch {
      logger.critical("Exiting Acta due to fatal exception: \(error)")
      return EXIT_FAILURE
    }
  }

  private func settings() throws -> ServeSettings {
    let text = try arguments.config.map { try Surroundings.text(ofFile: $0) }
    return try arguments.settings(
      environment: Surroundings.environment(), fileText: text, hostName: Surroundings.hostName())
  }

  private func serve(_ settings: ServeSettings, logger: Logger) throws -> Int32 {
    for notice in settings.notices { logger.info(notice) }
    for warning in settings.warnings { logger.warning(warning) }
    try Surroundings.createDirectories(above: settings.dataPath)
    let ending = Ending()
    ShutdownSignals.watch(log: { logger.error($0) }, begin: { ending.end(.signal($0)) })
    let node = try ActaNode(
      .file(settings.dataPath), config: LiveConfig(settings.config), listening: true,
      logger: logger, isAlone: true)
    node.observeFailure { ending.end(.failure($0)) }
    announce(node, settings, logger: logger)
    switch ending.wait() {
    case .signal(let number):
      logger.info("Received signal \(number): stopping")
      node.stop()
      logger.info("Stopped")
      return EXIT_SUCCESS
    case .failure(let reason):
      // Nothing that this process knows of the log can be trusted; a restart reads it anew. Clients
      // are not waited for, and the node is kept from being stopped, which might wait for a disk that
      // is gone.
      _ = Unmanaged.passRetained(node)
      logger.critical("The storage failed: \(reason)")
      return Self.storageFailure
    }
  }

  private func announce(_ node: ActaNode, _ settings: ServeSettings, logger: Logger) {
    let messages =
      StartMessage.banner(
        sqliteVersion: Connection.libraryVersion, dataPath: node.path,
        listeners: settings.config.listeners, ports: node.ports)
      + StartMessage.ready(nodeID: settings.config.nodeID)
    for message in messages { logger.with(component: message.component).info(message.text) }
  }

  /// Each connection takes a descriptor. The limit that a process starts with is low for the sake of
  /// programs that use `select`; it may raise it to the one that an administrator has set.
  private static func takeAllDescriptors() {
    let descriptors = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    var limit = rlimit()
    guard getrlimit(descriptors, &limit) == 0, limit.rlim_cur < limit.rlim_max else { return }
    limit.rlim_cur = limit.rlim_max
    // If it is refused, fewer come in; those beyond are closed at once.
    _ = setrlimit(descriptors, &limit)
  }

  /// Two arenas are enough for a handful of threads, and large frames are taken from the heap and
  /// kept there: with glibc's defaults each is mapped, zeroed and unmapped again.
  private static func tuneAllocator() {
    let settings: [(Int32, Int32)] = [
      (M_ARENA_MAX, 2), (M_MMAP_THRESHOLD, 32 << 20), (M_TRIM_THRESHOLD, 16 << 20),
    ]
    for (parameter, value) in settings {
      let isSet = mallopt(parameter, value) == 1
      precondition(isSet, "glibc refused allocator setting \(parameter)")
    }
  }
}
