import Broker
import Logging

extension LogLevelControl {
  /// The levels of everybody (`root`) and of the node's own component.
  init(_ logger: Logger) {
    guard let levels = logger.levels else {
      self = .none
      return
    }
    let component = logger.component
    self.init(
      levels: { ["root": levels.root.kafkaName, component: levels[component].kafkaName] },
      set: { name, text in
        let level = text.flatMap { Logger.Level(kafkaName: $0) }
        if name == "root" {
          if let level { levels.root = level }
        } else {
          levels.set(level, of: name)
        }
      })
  }
}
