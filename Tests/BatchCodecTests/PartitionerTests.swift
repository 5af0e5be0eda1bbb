import Testing

@testable import BatchCodec

@Suite("Partitioner") struct PartitionerTests {
  struct Vectors: Decodable {
    struct Vector: Decodable {
      let keyHex: String
      let murmur2: UInt32
      let partition: [String: [String: Int32]]
    }
    let vectors: [Vector]
  }

  @Test("keys go where the Java client puts them")
  func vectors() throws {
    let vectors = try fixture("partitioner", as: Vectors.self).vectors
    #expect(!vectors.isEmpty)
    for vector in vectors {
      let key = [UInt8](hex: vector.keyHex)
      #expect(Partitioner.murmur2(key) == vector.murmur2, "\(vector.keyHex)")
      for (count, partitions) in vector.partition {
        let partition = Partitioner.partition(forKey: key, count: Int32(count)!)
        #expect(partition == partitions["murmur2"], "\(vector.keyHex) of \(count)")
      }
    }
  }

  @Test("every tail length is hashed, whatever the address")
  func tails() {
    let bytes = [UInt8](0..<32)
    for length in 0...24 {
      let expected = Partitioner.murmur2(Array(bytes[1..<1 + length]))
      bytes[1..<1 + length].withUnsafeBytes { #expect(Partitioner.murmur2($0) == expected) }
    }
  }

  @Test("no partitions is a mistake of the caller")
  func noPartitions() async {
    await #expect(processExitsWith: .failure) {
      _ = Partitioner.partition(forKey: [1], count: 0)
    }
  }
}
