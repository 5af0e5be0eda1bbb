import Synchronization

/// What is known of a connection's client so far, whatever request it comes with: who it is, and the
/// program that it says it is. Lives as long as the connection; each request's `Session` is made from
/// what stands here when the request comes.
package final class ConnectionIdentity: Sendable {
  package struct Known: Sendable {
    package var principal = Principal.anonymous
    /// `nil` until the client has named it.
    package var software: ClientSoftware?
  }

  private let state = Mutex(Known())
  private let isGone = Atomic<Bool>(false)

  package init() {}

  package var known: Known { state.withLock { $0 } }

  /// The client sends nothing more, or is gone: what was begun for it alone need not be finished.
  package var hasLeft: Bool { isGone.load(ordering: .relaxed) }

  package func leave() { isGone.store(true, ordering: .relaxed) }

  package func note(_ software: ClientSoftware) { state.withLock { $0.software = software } }
}

/// A client's library, as it reports itself in ApiVersions (KIP-511).
package struct ClientSoftware: Hashable, Sendable {
  package let name: String
  package let version: String

  /// These texts come with every row that the client gives cause to; nothing real is longer.
  private static let longest = 128

  package init(name: String, version: String) {
    self.name = String(name.prefix(Self.longest))
    self.version = String(version.prefix(Self.longest))
  }
}
