// Measures how fast the storage takes batches, without a network or a client before it:
//
//     ActaStorageBench FILE RECORDS VALUE-BYTES               prints one line of JSON
//     ActaStorageBench commits FILE COMMITS CALLERS GROUPS    also
//
// The first appends, the second commits offsets (`CommitBench` says how).
//
// The same rows as tools/bench.d/rows: eight partitions, batches of 500 records, four batches an
// append. Two appends are under way at a time, so that one gathers while the other syncs; each is
// reported when it is synced. Batches are made and validated before the clock starts.

import ActaModel
import BatchCodec
import Dispatch
import Glibc
import LogEngine
import LogStorage
import SQLiteLog
import SQLiteStore
import Synchronization

let partitionCount = 8
let batchRecords = 500
let batchesPerAppend = 4
let appendsUnderWay = 2
let keyBytes = 8

/// Different batches that are appended again and again; the storage gives them their offsets.
func makeBatches(valueBytes: Int) throws -> [ProducedBatch] {
  let places = 4096
  let payload = (0..<valueBytes + places).map { _ in UInt8.random(in: 32..<127) }
  return try (0..<partitionCount * 4).map { number in
    var builder = BatchBuilder()
    for record in 0..<batchRecords {
      let place = (number * batchRecords + record) % places
      builder.append(
        timestamp: 1_700_000_000_000 + Int64(record),
        key: Array(payload[place % valueBytes..<place % valueBytes + keyBytes]),
        value: Array(payload[place..<place + valueBytes]))
    }
    return try ProducedBatch.validate(
      builder.finish(), rules: BatchRules(), now: 1_700_000_000_000)
  }
}

func createTopic(in storage: LogEngine, partitionCount: Int) -> [PartitionID] {
  let done = DispatchSemaphore(value: 0)
  let created = Mutex<[PartitionID]>([])
  var generator = SystemRandomNumberGenerator()
  let topic = NewTopic(
    id: .random(using: &generator), name: "bench", partitionCount: partitionCount)
  storage.createTopics([topic]) { results in
    guard case .success(let topic)? = results.first else { fail("\(results)") }
    created.withLock { $0 = topic.partitions }
    done.signal()
  }
  done.wait()
  return created.withLock { $0 }
}

func append(
  _ batches: [ProducedBatch], count: Int, to partitions: [PartitionID], of storage: LogEngine
) -> Duration {
  let slots = DispatchSemaphore(value: appendsUnderWay)
  let clock = ContinuousClock()
  let began = clock.now
  for first in stride(from: 0, to: count, by: batchesPerAppend) {
    slots.wait()
    let appends = (first..<min(first + batchesPerAppend, count)).map { number in
      PartitionAppend(
        partition: partitions[number % partitionCount], batch: batches[number % batches.count])
    }
    storage.append(appends, acknowledge: .synced) { results in
      for case .failure(let error) in results { fail("\(error)") }
      slots.signal()
    }
  }
  for _ in 0..<appendsUnderWay { slots.wait() }
  // A semaphore may not be freed below the value it was made with.
  for _ in 0..<appendsUnderWay { slots.signal() }
  return clock.now - began
}

func fail(_ message: String) -> Never {
  let line = "ActaStorageBench: \(message)\n"
  _ = write(STDERR_FILENO, line, line.utf8.count)
  exit(1)
}

func measureAppends(path: String, records: Int, valueBytes: Int) throws {
  let storage = try LogEngine.open(.file(path), options: LogOptions())
  let partitions = createTopic(in: storage, partitionCount: partitionCount)
  let batches = try makeBatches(valueBytes: valueBytes)
  let batchCount = records / batchRecords
  let elapsed = append(batches, count: batchCount, to: partitions, of: storage)
  storage.close()
  let seconds =
    Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) * 1e-18
  let rate = Double(batchCount * batchRecords) / seconds
  print("{\"records\": \(batchCount * batchRecords), \"seconds\": \(seconds), ", terminator: "")
  print("\"records_per_second\": \(rate)}")
}

func measureCommits(path: String, commits: Int, callers: Int, groups: Int) throws {
  let storage = try LogEngine.open(.file(path), options: LogOptions())
  let bench = CommitBench(
    storage: storage, partitions: createTopic(in: storage, partitionCount: callers),
    groups: groups)
  if let error = bench.createGroups() { fail("\(error)") }
  let (commit, commitFailure) = bench.commits(commits)
  let (heartbeat, heartbeatFailure) = bench.heartbeats(commits)
  if let error = commitFailure ?? heartbeatFailure { fail("\(error)") }
  storage.close()
  print("{\"commits_per_second\": \(commit.perSecond), ", terminator: "")
  print("\"p50_us\": \(commit.p50), \"p99_us\": \(commit.p99), ", terminator: "")
  print("\"heartbeats_per_second\": \(heartbeat.perSecond), ", terminator: "")
  print("\"heartbeat_p50_us\": \(heartbeat.p50), \"heartbeat_p99_us\": \(heartbeat.p99)}")
}

let arguments = CommandLine.arguments
if arguments.count == 6, arguments[1] == "commits", let commits = Int(arguments[3]),
  let callers = Int(arguments[4]), let groups = Int(arguments[5]),
  commits > 0, callers > 0, groups > 0
{
  try measureCommits(path: arguments[2], commits: commits, callers: callers, groups: groups)
} else if arguments.count == 4, let records = Int(arguments[2]),
  let valueBytes = Int(arguments[3]), valueBytes >= keyBytes
{
  try measureAppends(path: arguments[1], records: records, valueBytes: valueBytes)
} else {
  fail(
    """
    usage: ActaStorageBench FILE RECORDS VALUE-BYTES
           ActaStorageBench commits FILE COMMITS CALLERS GROUPS
    """)
}
