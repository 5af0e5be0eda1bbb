import ClientCore

/// By which protocol a consumer is a member of its group.
struct MembershipChoice: Sendable {
  let settings: MembershipSettings
  /// KIP-848, where the coordinator shares out the partitions.
  let isServerSide: Bool

  func make() -> any GroupMembership {
    var random = SystemRandomNumberGenerator()
    let seed = random.next()
    return isServerSide
      ? ConsumerMembership(settings, memberID: Self.freshID(), seed: seed)
      : ClassicMembership(settings, seed: seed)
  }

  /// A UUID as Kafka's clients write it: URL-safe base64 of 16 random bytes.
  private static func freshID() -> String {
    let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
    var random = SystemRandomNumberGenerator()
    // 128 bits are 21 digits and two bits.
    let text = (0..<22).map {
      $0 < 21 ? digits[Int(random.next() % 64)] : digits[Int(random.next() % 4) * 16]
    }
    return String(decoding: text, as: UTF8.self)
  }
}
