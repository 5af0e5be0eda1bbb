import ActaModel
import Coordination
import LogStorage
import NamePatterns

/// One catalog, as coordinators look at it.
struct CatalogTopics: TopicLookup {
  private let catalog: Catalog

  init(_ catalog: Catalog) { self.catalog = catalog }

  var version: UInt64 { catalog.version }

  func topic(named name: String) -> TopicShape? { catalog[name].map(TopicShape.init) }

  func topic(id: TopicID) -> TopicShape? { catalog[id: id].map(TopicShape.init) }

  /// Internal topics are not for patterns.
  func names(matching pattern: String) -> [String]? {
    guard let pattern = NamePattern(pattern) else { return nil }
    var names: [String] = []
    for topic in catalog.topics where !topic.isInternal && pattern.matches(topic.name) {
      names.append(topic.name)
    }
    return names
  }
}

extension TopicShape {
  fileprivate init(_ topic: Topic) {
    self.init(id: topic.id, name: topic.name, partitionCount: Int32(topic.partitions.count))
  }
}
