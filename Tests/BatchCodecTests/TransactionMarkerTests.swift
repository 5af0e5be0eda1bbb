import ActaModel
import Testing

@testable import BatchCodec

@Suite("Markers of transactions") struct TransactionMarkerTests {
  @Test(
    "a marker is byte for byte what Kafka writes", arguments: ["control_commit", "control_abort"])
  func vectors(_ name: String) throws {
    let vector = BatchVector.named(name)
    let header = try #require(BatchHeader(parsing: vector.bytes))
    let producer = try #require(header.producer)
    let record = try #require(vector.decoded.first)
    let epoch = try #require(record.value).suffix(4).reduce(Int32(0)) { $0 << 8 | Int32($1) }
    let marker = TransactionMarker(
      producer: ProducerClaim(id: producer, epoch: header.producerEpoch),
      isCommit: name == "control_commit", coordinatorEpoch: epoch)
    let batch = marker.batch(at: record.timestamp)
    var bytes = batch.bytes
    BatchHeader.stamp(
      baseOffset: header.baseOffset, leaderEpoch: header.leaderEpoch, into: &bytes)
    #expect(bytes == vector.bytes)
    #expect(batch.recordsSize == bytes.count - BatchHeader.size)
    #expect(batch.recordsCRC == CRC32C.checksum(Array(bytes[BatchHeader.size...])))
  }
}
