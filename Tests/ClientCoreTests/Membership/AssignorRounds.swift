import ClientCore
import Coordination
import Foundation

/// A round of a group as Java's assignor saw it, and what it made of it (AssignorFixtures.java).
struct AssignorRound: Sendable {
  let assignor: ClientAssignor
  var group: SubscribedGroup
  /// By member, the bytes of its subscription.
  var subscriptions: [[UInt8]] = []
  /// By member, the bytes of its assignment.
  var assignments: [[UInt8]] = []

  static func read(_ name: String) throws -> [AssignorRound] {
    guard let folder = Bundle.module.resourceURL else { throw CocoaError(.fileNoSuchFile) }
    let text = try String(
      contentsOf: folder.appendingPathComponent("Fixtures/\(name)"), encoding: .utf8)
    var rounds: [AssignorRound] = []
    for line in text.split(separator: "\n") {
      let words = line.split(separator: " ").map(String.init)
      switch words[0] {
      case "round":
        guard let assignor = ClientAssignor(rawValue: words[1]) else {
          throw CocoaError(.fileReadCorruptFile)
        }
        rounds.append(
          AssignorRound(
            assignor: assignor, group: SubscribedGroup(members: [], partitionCounts: [:])))
      case "topic": rounds[rounds.count - 1].group.partitionCounts[words[1]] = Int32(words[2])
      case "racks":
        rounds[rounds.count - 1].group.partitionRacks[words[1]] = words.dropFirst(2).map {
          Set($0.split(separator: ",").map(String.init).filter { $0 != "-" })
        }
      default: try rounds[rounds.count - 1].addMember(words)
      }
    }
    return rounds
  }

  private mutating func addMember(_ words: [String]) throws {
    let bytes = Self.bytes(words[3])
    guard let subscription = ConsumerSubscription(reading: bytes) else {
      throw CocoaError(.fileReadCorruptFile)
    }
    group.members.append(
      .init(
        id: words[1], instanceID: words[2] == "-" ? nil : words[2], subscription: subscription))
    subscriptions.append(bytes)
    assignments.append(Self.bytes(words[4]))
  }

  private static func bytes(_ hex: String) -> [UInt8] {
    let digits = hex.utf8.map { UInt8(hexDigit: $0) }
    return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
  }
}

extension UInt8 {
  fileprivate init(hexDigit: UInt8) {
    self =
      hexDigit >= UInt8(ascii: "a")
      ? hexDigit - UInt8(ascii: "a") + 10 : hexDigit - UInt8(ascii: "0")
  }
}
