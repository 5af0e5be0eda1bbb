/// A size prefix that cannot begin a request.
enum FrameError: Error, Equatable {
  case invalidSize(Int32)
  case tooLarge(Int32, limit: Int)
}

extension FrameError: CustomStringConvertible {
  var description: String {
    switch self {
    case .invalidSize(let size): "Invalid receive (size = \(size))"
    case .tooLarge(let size, let limit): "Invalid receive (size = \(size) larger than \(limit))"
    }
  }
}
