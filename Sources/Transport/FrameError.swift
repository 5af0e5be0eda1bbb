/// A size prefix that cannot begin a frame.
package enum FrameError: Error, Equatable {
  case invalidSize(Int32)
  case tooLarge(Int32, limit: Int)
}

extension FrameError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .invalidSize(let size): "Invalid receive (size = \(size))"
    case .tooLarge(let size, let limit): "Invalid receive (size = \(size) larger than \(limit))"
    }
  }
}
