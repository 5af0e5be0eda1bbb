import Glibc
import Testing

@testable import Transport

@Suite("Descriptors") struct DescriptorTests {
  @Test("sending to a peer that is gone is an error and no signal, whatever the process does")
  func noSignal() async {
    await #expect(processExitsWith: .exitCode(EPIPE)) {
      signal(SIGPIPE, SIG_DFL)
      var ends: [Int32] = [-1, -1]
      guard socketpair(AF_UNIX, Descriptor.stream, 0, &ends) == 0 else { exit(200) }
      close(ends[1])
      var bytes: [UInt8] = [1, 2, 3]
      let taken = bytes.withUnsafeMutableBytes { bytes in
        var vector = iovec(iov_base: bytes.baseAddress, iov_len: bytes.count)
        return withUnsafeMutablePointer(to: &vector) {
          Descriptor(ends[0]).send(UnsafeBufferPointer(start: $0, count: 1))
        }
      }
      exit(taken < 0 ? errno : 201)
    }
  }
}
