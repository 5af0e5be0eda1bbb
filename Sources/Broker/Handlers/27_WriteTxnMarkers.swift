import ActaModel
import KafkaWire
import LogStorage

/// WriteTxnMarkers, versions 1–2: ends what producers have open in partitions, whatever their transactions
/// say (KafkaWire/PROTOCOL.md §15). Brokers tell each other so; of this one's clients an administrator does,
/// to abort a transaction that hangs: one of which the coordinator knows nothing.
///
/// Rights: ALTER of the cluster, or CLUSTER_ACTION.
///
/// - v2: by which generation of the protocol the transaction goes; what is checked does not depend on it,
///   since an administrator names the epoch that the partition knows.
struct WriteTxnMarkersHandler: Handler {
  /// A slice is one turn of the log, and produces wait for it.
  private static let markersPerSlice = 100

  let broker: Broker

  /// A marker for one partition.
  private struct Marker: Sendable {
    let producer: ProducerClaim
    let isCommit: Bool
    let coordinatorEpoch: Int32
    let partition: PartitionID
  }

  func handle(
    _ request: WriteTxnMarkersRequest, _ context: RequestContext,
    respond: @escaping @Sendable (Outcome<WriteTxnMarkersResponse>) -> Void
  ) {
    let right = Result { () throws(ProtocolError) in
      if !context.session.authorizeQuietly(.alter, .cluster) {
        try context.session.require(.clusterAction, .cluster)
      }
    }
    let checked = request.markers.flatMap { marker in
      marker.topics.flatMap { topic in
        topic.partitionIndexes.map { number in
          right.flatMap {
            Result { () throws(ProtocolError) in try check(marker, topic.name, number) }
          }
        }
      }
    }
    let admitted = checked.compactMap { try? $0.get() }
    write(admitted[...], codes: []) { codes in
      respond(.response(Self.response(to: request, checked, codes)))
    }
  }

  private func check(
    _ marker: WriteTxnMarkersRequest.Marker, _ name: String, _ number: Int32
  ) throws(ProtocolError) -> Marker {
    guard marker.producerID >= 0, marker.producerEpoch >= 0 else {
      throw ProtocolError(.invalidRequest, "A marker needs a producer id and an epoch.")
    }
    return Marker(
      producer: ProducerClaim(
        id: ProducerID(marker.producerID), epoch: marker.producerEpoch),
      isCommit: marker.transactionResult, coordinatorEpoch: marker.coordinatorEpoch,
      partition: try broker.partition(number, of: try broker.topic(named: name)))
  }

  /// A slice of the markers after the other.
  private func write(
    _ markers: ArraySlice<Marker>, codes: [ErrorCode],
    completion: @escaping @Sendable ([ErrorCode]) -> Void
  ) {
    let slice = markers.prefix(Self.markersPerSlice)
    guard !slice.isEmpty else { return completion(codes) }
    broker.storage.turn(
      { rows in
        let written = try slice.map { marker -> ErrorCode in
          let result = try rows.appendMarker(
            marker.producer, isCommit: marker.isCommit, coordinatorEpoch: marker.coordinatorEpoch,
            to: marker.partition)
          switch result {
          case .success: return .none
          case .failure(let error): return ProtocolError(error, about: "the partition").code
          }
        }
        return {
          write(markers.dropFirst(slice.count), codes: codes + written, completion: completion)
        }
      },
      refuse: { error in
        let code = ProtocolError(error, about: "the markers").code
        completion(codes + markers.map { _ in code })
      })
  }

  /// - Parameter codes: One for each marker that passed its check.
  private static func response(
    to request: WriteTxnMarkersRequest, _ checked: [Checked<Marker>], _ codes: [ErrorCode]
  ) -> WriteTxnMarkersResponse {
    var checks = checked.makeIterator()
    var written = codes.makeIterator()
    var response = WriteTxnMarkersResponse()
    // A marker for no partition is not answered, as in Kafka.
    let markers = request.markers.lazy.filter { marker in
      marker.topics.contains { !$0.partitionIndexes.isEmpty }
    }
    response.markers = markers.map { asked in
      var marker = WriteTxnMarkersResponse.Marker()
      marker.producerID = asked.producerID
      marker.topics = asked.topics.map { asked in
        var topic = WriteTxnMarkersResponse.Topic()
        topic.name = asked.name
        topic.partitions = asked.partitionIndexes.map { number in
          var partition = WriteTxnMarkersResponse.Partition()
          partition.partitionIndex = number
          switch checks.next() {
          case .failure(let error): partition.errorCode = error.code
          case .success, nil: partition.errorCode = written.next() ?? .unknownServerError
          }
          return partition
        }
        return topic
      }
      return marker
    }
    return response
  }
}
