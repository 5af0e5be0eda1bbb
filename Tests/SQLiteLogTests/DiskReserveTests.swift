import Foundation
import LogStorage
import LogTestSupport
import Testing

@testable import SQLiteLog
@testable import SQLiteStore

@Suite("What is kept back for a full disk")
struct DiskReserveTests {
  private let directory: TemporaryDirectory
  private let notices = Recorder<String>()

  init() throws { directory = try TemporaryDirectory() }

  private var path: String { directory.path("log.db.reserve") }

  private func reserve(_ bytes: Int64) throws -> DiskReserve {
    let database = try DatabaseFile.prepare(
      directory.path("log.db"), allowsNetworkFilesystem: true)
    let notices = notices
    let reserve = DiskReserve(for: database, bytes: bytes) { notices.append("\($0): \($1)") }
    reserve.makeRoomToOpen()
    reserve.takeUp()
    return reserve
  }

  /// Blocks that the file really has, in bytes.
  private var allocated: Int {
    get throws {
      try URL(fileURLWithPath: path)
        .resourceValues(forKeys: [.fileAllocatedSizeKey]).fileAllocatedSize ?? 0
    }
  }

  @Test("room is taken at the start, by blocks, and is there at the next one")
  func held() throws {
    let reserve = try reserve(2 << 20)
    #expect(!reserve.isFull)
    #expect(!reserve.isDue)
    #expect(try fileSize(path) == 2 << 20)
    #expect(try allocated >= 2 << 20)
    _ = try self.reserve(2 << 20)
    #expect(try fileSize(path) == 2 << 20)
    #expect(notices.values == [])
  }

  @Test("another size is taken up at the next start, and none takes the file away")
  func sizes() throws {
    for megabytes in [2, 4, 1] {
      _ = try reserve(Int64(megabytes) << 20)
      #expect(try fileSize(path) == megabytes << 20)
    }
    #expect(try !reserve(0).isFull)
    #expect(!FileManager.default.fileExists(atPath: path))
  }

  @Test("a write that finds no room gives it back, and it comes back when there is some")
  func spent() throws {
    let reserve = try reserve(4 << 20)
    #expect(reserve.spend())
    #expect(reserve.isFull)
    #expect(try fileSize(path) == 1 << 20, "what a start needs is kept")
    #expect(!reserve.spend(), "there is nothing more to give")
    #expect(notices.values.count == 1)
    #expect(notices.values[0].hasPrefix("error: the disk is full"))
    // This disk was never full, so the next look finds room.
    #expect(reserve.restore())
    #expect(!reserve.isFull)
    #expect(try fileSize(path) == 4 << 20)
  }

  @Test("a start after the room was given back takes it again if it is there")
  func startAfterFull() throws {
    _ = try reserve(4 << 20).spend()
    let next = try reserve(4 << 20)
    #expect(!next.isFull)
    #expect(try fileSize(path) == 4 << 20)
  }

  @Test("a file of somebody else's is left alone, and a notice says that nothing is kept back")
  func somebodyElses() throws {
    try "my notes".write(toFile: path, atomically: true, encoding: .utf8)
    let reserve = try reserve(2 << 20)
    #expect(!reserve.isFull)
    #expect(!reserve.isDue)
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "my notes")
    #expect(notices.values.count == 1)
    #expect(notices.values[0].hasPrefix("warning: no room is kept back"))
  }

  @Test(
    "without a reserve, what found no room speaks for those that shared its turn, and no longer")
  func none() throws {
    let reserve = try reserve(0)
    #expect(!reserve.spend())
    #expect(!reserve.isFull)
    reserve.refuse()
    #expect(reserve.isFull)
    reserve.newTurn(logBytes: 0)
    #expect(!reserve.isFull)
  }
}
