import ActaModel
import ClientCore
import KafkaWire

// Records on their way here.
extension ConsumerEngine {
  func fetch(_ plan: Fetcher.Plan) {
    let (settings, view) = (settings, network.view)
    let names = Dictionary(
      Set(plan.parts.map(\.partition.topic)).compactMap { name in
        view.topics[name].map { ($0.id, name) }
      }, uniquingKeysWith: { first, _ in first })
    // The broker may take as long as it was told to.
    let timeout = settings.requestTimeoutMilliseconds + Int64(settings.fetchMaxWaitMilliseconds)
    network.send(to: plan.node, lane: .fetching, within: timeout) {
      versions throws(ClientFailure) in
      let version = try versions.newest(of: .fetch, upTo: plan.newestVersion(view), from: 4)
      return (plan.message(settings, view: view), version)
    } completion: { [weak self] answer in
      self?.fetched(plan, answer, names: names)
    }
  }

  private func fetched(
    _ plan: Fetcher.Plan, _ answer: Result<FetchResponse, ClientFailure>, names: [TopicID: String]
  ) {
    let result =
      switch answer {
      case .success(let response): fetcher.answered(plan, response, names: names, at: now)
      case .failure(let failure): fetcher.failed(plan, failure, at: now)
      }
    // A position that was out of range has been given up.
    for part in plan.parts
    where fetcher.generation(of: part.partition).map({ $0 != part.generation }) ?? false {
      if case .resetting? = fetcher.position(of: part.partition) { publish(part.partition) }
    }
    if let meter = network.settings.instruments.meter { note(result.chunks, meter) }
    buffer.add(result.chunks, checksCRC: settings.checkCRCs)
    buffer.fail(result.failures)
    if !result.outdated.isEmpty { network.refresh() }
    pump()
  }

  private func note(_ chunks: [FetchedChunk], _ meter: any ClientMeter) {
    for chunk in chunks {
      meter.count(
        .bytesFetched, by: chunk.bytes.count,
        of: ClientSubject(
          clientID: network.settings.clientID, topic: chunk.partition.topic,
          partition: chunk.partition.partition))
    }
  }
}
