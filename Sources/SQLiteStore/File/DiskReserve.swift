import LogStorage
import Threads

/// What is kept back on the disk for when it is full, and whether it is.
///
/// A disk that the log itself has filled would be a dead end: deleting needs room, too. So some is taken
/// beforehand. Once a write finds none it is given back, and until it can be taken again, which tells that
/// there is room once more, nothing is written that only adds. Belongs to the writer's thread.
final class DiskReserve {
  /// The least that is worth keeping back.
  private static let leastBytes: Int64 = 1 << 20
  private static let mostMargin: Int64 = 16 << 20
  private static let lookBytes: Int64 = 256 << 10
  /// What is left of a reserve that was given back, for the next start.
  private static let startBytes: Int64 = 1 << 20
  private static let retryInterval: Int64 = 1_000
  private static let growthInterval: Int64 = 10_000

  private enum State {
    /// None is kept: it is not wanted, or the filesystem cannot.
    case none
    case held(Int64)
    /// It has been given back, or could not be taken: when there is room for so much, all is well.
    case spent(goal: Int64)
  }

  private let file: ReserveFile?
  private let log: @Sendable (LogLevel, String) -> Void
  /// What is to be kept back: of a small disk no more than an eighth.
  private let wanted: Int64
  private var state = State.none
  /// A write has found no room. Where there is no reserve, that speaks for the requests that shared its turn
  /// and are tried again now.
  private var hasRefused = false
  private var nextLook: Int64 = 0
  /// What a group or two may add to the log: room that must be left when one begins.
  private let margin: Int64
  private var logBytesAtLook: Int64 = 0

  init(
    for database: DatabaseFile?, bytes: Int64, log: @escaping @Sendable (LogLevel, String) -> Void
  ) {
    let file = database.map { ReserveFile(path: $0.path + ".reserve") }
    self.log = log
    let eighth = (file?.disk()?.total ?? .max) / 8
    wanted = min(bytes, max(Self.leastBytes, eighth))
    margin = min(Self.mostMargin, eighth)
    if bytes == 0 { file?.remove() }
    self.file = bytes > 0 ? file : nil
  }

  /// Whether nothing may be written that only adds.
  var isFull: Bool {
    switch state {
    case .spent: true
    case .held: false
    case .none: hasRefused
    }
  }

  // MARK: A start

  /// Before the database is opened, which needs some room: gives back what was kept, if there is little
  /// else.
  func makeRoomToOpen() {
    guard let file, let held = file.bytes, let disk = file.disk() else { return }
    if held > kept {
      state = .held(held)
      if disk.free < wanted { giveBack() }
    } else {
      state = .spent(goal: wanted)
    }
    guard case .spent = state, (file.disk()?.free ?? 0) < 2 * Self.startBytes else { return }
    do throws(ReserveFile.Failure) { try file.shrink(to: 0) } catch { giveUp(error) }
  }

  /// What stays when the reserve is given back: it tells that the disk was full, and a start needs some.
  private var kept: Int64 { wanted > 2 * Self.startBytes ? Self.startBytes : 0 }

  /// Once it is open. On a disk that was full before, and still is, nothing is taken that only adds.
  func takeUp() {
    guard let file, let disk = file.disk() else { return }
    switch state {
    case .held(let bytes): hold(min(bytes, wanted))
    case .spent: break
    case .none:
      // Of a disk that was never found full, half of what there is.
      let half = min(wanted, disk.free / 2)
      if half < Self.leastBytes { state = .spent(goal: wanted) } else { hold(half) }
    }
    guard !restore(), case .spent(let goal) = state else { return }
    keepForStart()
    log(
      .error,
      "the disk is full: until there is room for \(goal) bytes in \(file.path), records and committed"
        + " offsets are refused")
  }

  // MARK: A full disk

  /// A request was refused for want of room, until `newTurn`.
  func refuse() {
    hasRefused = true
    spend()
  }

  /// A turn is over, and the log holds so much that the database does not have yet. To move it there needs
  /// room, too: there must be enough for it, with the reserve, and for what the next turns may add.
  func newTurn(logBytes: Int64) {
    hasRefused = false
    if logBytes < logBytesAtLook { logBytesAtLook = 0 }
    guard case .held(let bytes) = state, logBytes - logBytesAtLook >= Self.lookBytes else { return }
    logBytesAtLook = logBytes
    if let disk = file?.disk(), disk.free + bytes < logBytes + margin { spend() }
  }

  /// Something has found no room. The result says whether there is some now.
  @discardableResult
  func spend() -> Bool {
    guard case .held(let bytes) = state, let file else { return false }
    giveBack()
    guard case .spent = state else { return false }
    nextLook = Clock.monotonicMilliseconds() + Self.retryInterval
    log(
      .error,
      "the disk is full: \(bytes) bytes of \(file.path) are given back for deletions and groups; records"
        + " and committed offsets are refused until there is room for it again")
    return true
  }

  private func giveBack() {
    guard case .held(let bytes) = state, let file else { return }
    do throws(ReserveFile.Failure) {
      try file.shrink(to: kept)
      state = .spent(goal: min(bytes, wanted))
    } catch {
      giveUp(error)
    }
  }

  // MARK: Room again

  /// Whether it is time to look for room.
  var isDue: Bool {
    switch state {
    case .none: false
    case .held(let bytes): bytes < wanted && Clock.monotonicMilliseconds() >= nextLook
    case .spent: Clock.monotonicMilliseconds() >= nextLook
    }
  }

  /// Takes the reserve if there is room for it and for something to be written besides. False while the
  /// disk is full.
  func restore() -> Bool {
    guard let file, let disk = file.disk() else { return true }
    switch state {
    case .none: return true
    case .held(let bytes):
      nextLook = Clock.monotonicMilliseconds() + Self.growthInterval
      if bytes < wanted, disk.free >= 2 * (wanted - bytes) { hold(wanted) }
      return true
    case .spent(let goal):
      nextLook = Clock.monotonicMilliseconds() + Self.retryInterval
      if disk.free >= max(goal + goal / 4, margin + Self.lookBytes * 4) { hold(goal) }
      return !isFull
    }
  }

  /// The disk was full, and is not any more.
  func tellRoom() { log(.info, "there is room on the disk again; records and offsets are taken") }

  /// As much as the next start may need, if it is there.
  private func keepForStart() {
    guard let file, let disk = file.disk(), disk.free > 4 * kept, (file.bytes ?? 0) < kept else {
      return
    }
    do throws(ReserveFile.Failure) { try file.hold(kept) } catch { giveUp(error) }
  }

  private func hold(_ bytes: Int64) {
    guard let file else { return }
    do throws(ReserveFile.Failure) {
      try file.hold(bytes)
      state = .held(bytes)
    } catch {
      giveUp(error)
    }
  }

  private func giveUp(_ error: ReserveFile.Failure) {
    guard case .unusable(let reason) = error, let file else {
      // What is held already is held still.
      if case .none = state { state = .spent(goal: wanted) }
      return
    }
    state = .none
    log(.warning, "no room is kept back for a full disk in \(file.path): \(reason)")
  }
}
