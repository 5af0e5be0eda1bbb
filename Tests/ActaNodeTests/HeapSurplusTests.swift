import Glibc
import Testing

@testable import ActaNode

/// When the system gets back what `malloc` has kept; memory and time are made up.
@Suite("What the heap has too much") struct HeapSurplusTests {
  private static let mebibyte = 1 << 20

  /// From 500 MiB with a cache of 256 MiB.
  private func isDue(_ surplus: HeapSurplus, at time: Int64) -> Bool {
    surplus.isDue(resident: 500 * Self.mebibyte, cached: 256 * Self.mebibyte, at: time)
  }

  private func trim(_ surplus: inout HeapSurplus, to left: Int, at time: Int64, took: Int64) {
    surplus.noteTrim(
      resident: 500 * Self.mebibyte, left: left * Self.mebibyte, cached: 256 * Self.mebibyte,
      at: time, took: took)
  }

  @Test("what is more than a quarter beside the cache is given back")
  func quarter() {
    let surplus = HeapSurplus()
    #expect(!surplus.isDue(resident: 384 * Self.mebibyte, cached: 256 * Self.mebibyte, at: 0))
    #expect(surplus.isDue(resident: 385 * Self.mebibyte, cached: 256 * Self.mebibyte, at: 0))
    #expect(!surplus.isDue(resident: 64 * Self.mebibyte, cached: 0, at: 0))
    #expect(surplus.isDue(resident: 65 * Self.mebibyte, cached: 0, at: 0))
  }

  @Test("where it was worth while, again after five seconds, or five hundred times what it took")
  func again() {
    var surplus = HeapSurplus()
    #expect(isDue(surplus, at: 0))
    trim(&surplus, to: 300, at: 0, took: 3)
    #expect(!isDue(surplus, at: 4_999))
    #expect(isDue(surplus, at: 5_000))
    trim(&surplus, to: 300, at: 5_000, took: 20)
    #expect(!isDue(surplus, at: 14_999))
    #expect(isDue(surplus, at: 15_000))
  }

  @Test("where it was in vain, later and later")
  func inVain() {
    var surplus = HeapSurplus()
    var time: Int64 = 0
    var pauses: [Int64] = []
    for _ in 0..<8 {
      let began = time
      while !isDue(surplus, at: time) { time += 1_000 }
      pauses.append(time - began)
      trim(&surplus, to: 490, at: time, took: 1)
    }
    #expect(pauses == [0, 10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000])
  }

  @Test("memory of its own is what the process has less what it shares with files")
  func resident() throws {
    let directory = try TemporaryFolder()
    for name in ["/proc", "/proc/self"] { mkdir(directory.path + name, 0o700) }
    let file = try #require(fopen(directory.path + "/proc/self/statm", "w"))
    fputs("9000 700 200 5 0 600 0\n", file)
    fclose(file)
    let memory = SystemMemory(root: directory.path)
    #expect(memory.residentBytes() == 500 * sysconf(Int32(_SC_PAGESIZE)))
    #expect(SystemMemory(root: directory.path + "/nowhere").residentBytes() == nil)
    #expect(try #require(SystemMemory().residentBytes()) > 0)
  }
}
