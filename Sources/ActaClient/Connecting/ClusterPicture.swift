import ActaModel
import ClientCore
import KafkaWire
import Transport

/// What a client knows of its cluster, and keeps up to date: any broker is asked when it is old, when somebody says that
/// it is wrong, and again, later each time, where there was no answer. Only the client's loop touches it.
final class ClusterPicture {
  private unowned let network: ClientNetwork
  private let settings: NetworkSettings
  private let loop: EventLoop
  private var random = SystemRandomNumberGenerator()

  private(set) var view = ClusterView()
  /// Topics that somebody here has to do with; all of them if `nil`.
  private var topics: Set<String>? = []
  private var isAsking = false
  private(set) var isOutdated = false
  private var failedAttempts = 0
  /// Why the last question about the cluster was not answered.
  private(set) var failure: String?
  private var timer: LoopTimer?
  private var isClosed = false

  /// - Parameter network: Which owns it.
  init(_ settings: NetworkSettings, of network: ClientNetwork, on loop: EventLoop) {
    self.settings = settings
    self.network = network
    self.loop = loop
  }

  // MARK: What is to be known

  /// From now on the picture takes the topics in; `nil` is all there are.
  func follow(_ names: Set<String>?) {
    let before = topics
    topics = names.flatMap { names in topics.map { $0.union(names) } }
    let isNew = topics != before || names.map { !$0.isSubset(of: view.topics.keys) } ?? true
    if isNew { refresh() }
  }

  /// From now on the picture takes in the topics with these ids, whose names are not known yet.
  func follow(ids: Set<TopicID>) {
    network.send(to: nil) { versions throws(ClientFailure) in
      var request = MetadataRequest()
      request.topics = ids.map { id in
        var topic = MetadataRequest.Topic()
        topic.topicID = id
        topic.name = nil
        return topic
      }
      request.allowAutoTopicCreation = false
      return (request, try versions.newest(of: .metadata, from: 12))
    } completion: { [weak self] (answer: Result<MetadataResponse, ClientFailure>) in
      guard let self, !isClosed else { return }
      guard case .success(let response) = answer else {
        let wait = settings.retryBackoff.milliseconds(after: 1, chance: chance())
        loop.schedule(afterMilliseconds: wait) { [weak self] in self?.follow(ids: ids) }
        return
      }
      view.apply(response, namesAll: false)
      topics?.formUnion(response.topics.filter { $0.errorCode == .none }.compactMap(\.name))
      network.changed()
    }
  }

  /// Asks about a topic once more, whatever is known of it. `changed` is called before `completion`.
  func look(
    at topic: String, withinMilliseconds limit: Int64,
    _ completion: @escaping (Result<Void, ClientFailure>) -> Void
  ) {
    network.send(to: nil, within: min(limit, settings.requestTimeoutMilliseconds)) {
      versions throws(ClientFailure) in
      var request = MetadataRequest()
      request.topics = Self.named([topic])
      request.allowAutoTopicCreation = false
      return (request, try versions.newest(of: .metadata, from: 4))
    } completion: { [weak self] (answer: Result<MetadataResponse, ClientFailure>) in
      if let self, !isClosed, case .success(let response) = answer {
        view.apply(response, namesAll: false)
        network.changed()
      }
      completion(answer.map { _ in })
    }
  }

  /// Takes in what an answer tells of the brokers which somebody has asked for by himself; its topics are left to him.
  func learnBrokers(_ answer: MetadataResponse) {
    guard !isClosed else { return }
    var brokers = answer
    brokers.topics = []
    view.apply(brokers, namesAll: false)
    network.brokersChanged()
    network.changed()
  }

  private static func named(_ names: some Sequence<String>) -> [MetadataRequest.Topic] {
    names.map { name in
      var topic = MetadataRequest.Topic()
      topic.name = name
      return topic
    }
  }

  // MARK: Asking

  /// The picture is old.
  func refresh() {
    isOutdated = true
    askIfOutdated()
  }

  /// Asks now, if there is something to ask and somebody who can be asked.
  func askIfOutdated() {
    guard isOutdated, !isAsking, timer == nil || failedAttempts == 0, !isClosed else { return }
    guard let connection = network.anyConnection() else { return }
    timer?.cancel()
    timer = nil
    isAsking = true
    isOutdated = false
    let wanted = topics
    connection.send(within: settings.requestTimeoutMilliseconds) {
      [settings] versions throws(ClientFailure) in
      var request = MetadataRequest()
      request.topics = wanted.map { Self.named($0.sorted()) }
      request.allowAutoTopicCreation = settings.allowAutoCreateTopics
      return (request, try versions.newest(of: .metadata, from: 1))
    } completion: { [weak self] in
      self?.learned($0, namesAll: wanted == nil)
    }
  }

  private func learned(_ answer: Result<MetadataResponse, ClientFailure>, namesAll: Bool) {
    isAsking = false
    guard !isClosed else { return }
    switch answer {
    case .failure(let failure):
      isOutdated = true
      self.failure = failure.sentence
      network.log(.warning, "Nothing could be learnt of the cluster: \(failure.sentence)")
    case .success(let response):
      failure = nil
      view.apply(response, namesAll: namesAll)
      network.brokersChanged()
      // A leader that is not among the brokers has just left, or not come yet.
      let isIncomplete = response.topics.contains { topic in
        topic.errorCode.isRetriable
          || topic.partitions.contains { view.nodes[$0.leaderID] == nil }
      }
      if isIncomplete { isOutdated = true }
    }
    failedAttempts = isOutdated ? failedAttempts + 1 : 0
    askLater(
      isOutdated
        ? settings.retryBackoff.milliseconds(after: failedAttempts, chance: chance())
        : settings.metadataMaxAgeMilliseconds)
    network.changed()
  }

  private func askLater(_ wait: Int64) {
    timer?.cancel()
    timer = loop.schedule(afterMilliseconds: wait) { [weak self] in
      self?.timer = nil
      self?.refresh()
    }
  }

  private func chance() -> Double { Double.random(in: 0..<1, using: &random) }

  func close() {
    isClosed = true
    timer?.cancel()
  }
}
