import ClientCore

// What a producer's meter and log are told.
extension ProducerEngine {
  private var meter: (any ClientMeter)? { network.settings.instruments.meter }

  private func subject(_ partition: CorePartition) -> ClientSubject {
    ClientSubject(
      clientID: network.settings.clientID, topic: partition.topic, partition: partition.partition)
  }

  func noteSent(_ request: ProduceSender.Request) {
    guard let meter else { return }
    for batch in request.batches {
      let subject = subject(batch.partition)
      meter.count(.batchesSent, by: 1, of: subject)
      meter.count(.bytesSent, by: batch.size, of: subject)
      if batch.isRepeat { meter.count(.recordsRetried, by: batch.recordCount, of: subject) }
    }
  }

  /// Batches are done with: their room is free.
  func releaseSettled() {
    let settled = sender.takeSettled()
    if settled.isEmpty { return }
    buffer.release(settled)
    for batch in settled {
      let counter: ClientCounter = batch.failure == nil ? .recordsSent : .recordsFailed
      meter?.count(counter, by: batch.recordCount, of: subject(batch.partition))
      guard let failure = batch.failure else { continue }
      network.log(
        .warning, "\(batch.recordCount) records were not sent: \(failure.sentence)",
        [
          "kafka.topic": batch.partition.topic, "kafka.partition": "\(batch.partition.partition)",
        ])
    }
    guard let meter else { return }
    let used = buffer.withAccumulator { $0.usedBytes }
    meter.measure(
      .bufferBytes, Int64(used), of: ClientSubject(clientID: network.settings.clientID))
  }
}
