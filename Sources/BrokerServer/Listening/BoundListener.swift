/// A listener as it came to be: `port` is the real one even where 0 was configured.
package struct BoundListener: Hashable, Sendable {
  package let name: String
  package let host: String
  package let port: Int
}
