import Glibc
import Testing

@testable import ActaNode

/// What is read of `/proc` and `/sys`, from files as kernels write them.
@Suite("What the system says of memory") struct SystemMemoryTests {
  private func sample(_ files: [String: String]) throws -> MemorySample? {
    let directory = try TemporaryFolder()
    for (name, text) in files {
      var path = directory.path
      for folder in name.split(separator: "/").dropLast() {
        path += "/" + folder
        mkdir(path, 0o700)
      }
      let file = try #require(fopen("\(directory.path)/\(name)", "w"))
      fputs(text, file)
      fclose(file)
    }
    return SystemMemory(root: directory.path).sample()
  }

  private let machine = "MemTotal:        8000000 kB\nMemFree: 1 kB\nMemAvailable:    3000000 kB\n"

  @Test("a machine without control groups")
  func machineAlone() throws {
    let found = try sample([
      "proc/meminfo": machine,
      "proc/pressure/memory": "some avg10=0.00 avg60=0.00 avg300=0.00 total=4711\nfull total=3\n",
    ])
    #expect(
      found
        == MemorySample(
          total: 8_000_000 << 10, available: 3_000_000 << 10, stalledMicroseconds: 4_711))
  }

  @Test("a control group of version 2, below one that has less")
  func version2() throws {
    let found = try sample([
      "proc/meminfo": machine, "proc/self/cgroup": "0::/outer/inner\n",
      "sys/fs/cgroup/outer/memory.max": "1000000000\n",
      "sys/fs/cgroup/outer/memory.current": "900000000\n",
      "sys/fs/cgroup/outer/memory.stat": "anon 5\ninactive_file 300000000\n",
      "sys/fs/cgroup/outer/inner/memory.max": "max\n",
      "sys/fs/cgroup/outer/inner/memory.high": "2000000000\n",
      "sys/fs/cgroup/outer/inner/memory.current": "500000000\n",
      "sys/fs/cgroup/outer/inner/memory.events": "low 0\nhigh 17\nmax 0\n",
      "sys/fs/cgroup/outer/inner/memory.pressure": "some avg10=0.00 total=99\n",
    ])
    #expect(
      found
        == MemorySample(
          total: 1_000_000_000, available: 400_000_000, stalledMicroseconds: 99, heldBack: 17))
  }

  @Test("a container, whose files stand at the top although its path is another's")
  func container() throws {
    let found = try sample([
      "proc/meminfo": machine, "proc/self/cgroup": "0::/../docker/abc\n",
      "sys/fs/cgroup/memory.max": "512000000\n", "sys/fs/cgroup/memory.current": "12000000\n",
    ])
    #expect(found == MemorySample(total: 512_000_000, available: 500_000_000))
  }

  @Test("a control group of version 1")
  func version1() throws {
    let found = try sample([
      "proc/meminfo": machine, "proc/self/cgroup": "5:cpu:/a\n4:memory:/jobs/7\n0::/x\n",
      "sys/fs/cgroup/memory/jobs/7/memory.limit_in_bytes": "600000000\n",
      "sys/fs/cgroup/memory/jobs/7/memory.usage_in_bytes": "550000000\n",
      "sys/fs/cgroup/memory/jobs/7/memory.stat": "total_inactive_file 50000000\n",
      "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
    ])
    #expect(found == MemorySample(total: 600_000_000, available: 100_000_000))
  }

  @Test("nothing is known where there is no table of memory")
  func unknown() throws { #expect(try sample([:]) == nil) }
}
