import BatchCodec
import Testing

@testable import ClientCore

@Suite("Taking records out of what was fetched") struct ChunkReaderTests {
  private static func reader(
    _ bytes: [UInt8], from offset: Int64 = 0, aborted: [AbortedTransactionRange] = [],
    checksCRC: Bool = true
  ) -> ChunkReader {
    ChunkReader(
      FetchedChunk(
        partition: TopicPartition("t", 0), generation: 1, fetchOffset: offset, bytes: bytes[...],
        aborted: aborted, highWatermark: 100, lastStableOffset: 100, logStartOffset: 0),
      checksCRC: checksCRC)
  }

  private static func reader(
    _ batches: StoredBatch..., from offset: Int64 = 0, aborted: [AbortedTransactionRange] = []
  ) -> ChunkReader {
    reader(batches.flatMap(\.bytes), from: offset, aborted: aborted)
  }

  /// `3=c` is the record at offset 3.
  private static func words(_ reader: inout ChunkReader, atMost limit: Int = 100) throws -> [String]
  {
    var words: [String] = []
    _ = try reader.read(atMost: limit) { record in
      let value = record.view.value.map { String(decoding: $0, as: UTF8.self) } ?? "null"
      words.append("\(record.offset)=\(value)")
    }
    return words
  }

  @Test("batches one after the other, as many records as are asked for, and where it stands")
  func reading() throws {
    var reader = Self.reader(StoredBatch(at: 5, "a", "b", "c"), StoredBatch(at: 8, "d"), from: 5)
    #expect(try Self.words(&reader, atMost: 2) == ["5=a", "6=b"])
    #expect(reader.nextOffset == 7)
    #expect(try Self.words(&reader, atMost: 1) == ["7=c"])
    #expect(reader.nextOffset == 8)
    #expect(try Self.words(&reader) == ["8=d"])
    #expect(reader.nextOffset == 9)
    #expect(try Self.words(&reader) == [])
  }

  @Test(
    "records before the one that was asked for are passed over",
    arguments: CompressionCodec.allCases)
  func fromTheMiddle(_ codec: CompressionCodec) throws {
    var reader = Self.reader(StoredBatch(at: 0, "a", "b", "c", "d").with(codec), from: 2)
    #expect(try Self.words(&reader) == ["2=c", "3=d"])
    #expect(reader.nextOffset == 4)
  }

  @Test("times are the records' or, where the log keeps that, the batch's")
  func timestamps() throws {
    var stamped = StoredBatch(at: 1, "b")
    stamped.attributes = .logAppendTime
    var reader = Self.reader(StoredBatch(at: 0, "a"), stamped)
    var times: [Int64] = []
    _ = try reader.read(atMost: 10) { record in
      times.append(record.timestamp)
      #expect(record.isLogAppendTime == (record.offset == 1))
      #expect(record.leaderEpoch == 3)
    }
    #expect(times == [1_000, 2_000])
  }

  @Test("compaction leaves gaps, also at a batch's end, and batches without a record")
  func gaps() throws {
    var reader = Self.reader(
      StoredBatch(at: 0, "a", "b", "c", "d").compacted(1, 3), StoredBatch(at: 4, "e").compacted(0),
      StoredBatch(at: 9, "f"))
    #expect(try Self.words(&reader, atMost: 2) == ["0=a", "2=c"])
    #expect(reader.nextOffset == 4)
    #expect(try Self.words(&reader) == ["9=f"])
    #expect(reader.nextOffset == 10)
    var empty = Self.reader(StoredBatch(at: 0, "a", "b").compacted(0, 1))
    #expect(try Self.words(&empty) == [])
    #expect(empty.nextOffset == 2)
  }

  @Test(
    "markers are no records; aborted transactions are not read, and the next of the producer is")
  func transactions() throws {
    var reader = Self.reader(
      StoredBatch(at: 0, "aborted").of(7), StoredBatch(at: 1, "of nobody"),
      StoredBatch(at: 2, "committed").of(8), StoredBatch(at: 3, "aborted too").of(7),
      .marker(at: 4, 7, isCommit: false), .marker(at: 5, 8, isCommit: true),
      StoredBatch(at: 6, "the next").of(7), .marker(at: 7, 7, isCommit: true),
      aborted: [AbortedTransactionRange(producerID: 7, firstOffset: 0)])
    #expect(try Self.words(&reader) == ["1=of nobody", "2=committed", "6=the next"])
    #expect(reader.nextOffset == 8)
  }

  @Test(
    "a transaction that was aborted before the chunk began counts; a later one counts from where it begins"
  )
  func abortedRanges() throws {
    var reader = Self.reader(
      StoredBatch(at: 10, "rest").of(7), .marker(at: 11, 7, isCommit: false),
      StoredBatch(at: 12, "kept").of(7), .marker(at: 13, 7, isCommit: true),
      StoredBatch(at: 14, "dropped").of(7), from: 10,
      aborted: [
        AbortedTransactionRange(producerID: 7, firstOffset: 2),
        AbortedTransactionRange(producerID: 7, firstOffset: 14),
      ])
    #expect(try Self.words(&reader) == ["12=kept"])
    #expect(reader.nextOffset == 15)
  }

  @Test("a batch that was cut off is not there yet, wherever the cut is")
  func cutOff() throws {
    let (first, second) = (StoredBatch(at: 0, "a").bytes, StoredBatch(at: 1, "b").bytes)
    for length in 0..<second.count {
      var reader = Self.reader(first + second.prefix(length))
      #expect(try Self.words(&reader) == ["0=a"])
      #expect(reader.nextOffset == 1)
    }
  }

  @Test("damage is told of with partition and offset, and what came before is read")
  func damage() throws {
    var wrong = StoredBatch(at: 1, "b").bytes
    wrong[wrong.count - 2] ^= 1
    var reader = Self.reader(StoredBatch(at: 0, "a").bytes + wrong)
    #expect(try Self.words(&reader, atMost: 1) == ["0=a"])
    let failure = #expect(throws: ClientFailure.self) { try Self.words(&reader) }
    #expect(failure?.sentence.contains("t-0: a batch whose CRC is wrong, at offset 1") == true)
    #expect(failure?.partition == 0)
    var unchecked = Self.reader(wrong, from: 1, checksCRC: false)
    #expect(try Self.words(&unchecked) != ["1=b"])
  }

  @Test("formats and codecs that are not known are said to be so")
  func unknownFormats() throws {
    var old = StoredBatch(at: 0, "a").bytes
    old[16] = 1
    var reader = Self.reader(old, checksCRC: false)
    let format = #expect(throws: ClientFailure.self) { try Self.words(&reader) }
    #expect(format?.sentence.contains("format 1") == true)
    var packed = StoredBatch(at: 0, "a").bytes
    packed[22] |= 5
    var other = Self.reader(packed, checksCRC: false)
    let codec = #expect(throws: ClientFailure.self) { try Self.words(&other) }
    #expect(codec?.sentence.contains("codec 5") == true)
  }

  @Test(
    "whatever byte is damaged, the reader says so or reads on, and never stands beyond the batch's end"
  )
  func anyDamage() throws {
    for codec in CompressionCodec.allCases {
      let whole = StoredBatch(at: 3, "first", "second", "third").with(codec).bytes
      for index in whole.indices {
        for change: UInt8 in [0x01, 0x80, 0xff] {
          var bytes = whole
          bytes[index] ^= change
          var reader = Self.reader(bytes, from: 3, checksCRC: false)
          do {
            _ = try Self.words(&reader)
          } catch {
            #expect(error is ClientFailure, "codec \(codec), byte \(index), \(change): \(error)")
          }
          #expect(reader.nextOffset >= 3)
        }
      }
    }
  }
}
