import ActaCLI
import Foundation
import Testing

/// In processes of their own. The signals are sent to the waiting thread alone, because the test
/// runner's other threads do not block them.
@Suite("Shutdown signals") struct ShutdownSignalsTests {
  @Test("a second signal ends the process at once")
  func second() async {
    await #expect(processExitsWith: .exitCode(128 + SIGINT)) {
      ShutdownSignals.block()
      let begin: @Sendable (Int32) -> Void = { first in
        if first == SIGTERM { raise(SIGINT) }
      }
      let thread = ShutdownSignals.watch(log: { _ in }, begin: begin)
      pthread_kill(thread, SIGTERM)
      while true { pause() }
    }
  }

  @Test("a stop that takes too long ends the process with a sentence")
  func deadline() async throws {
    let result = await #expect(
      processExitsWith: .exitCode(1), observing: [\.standardOutputContent]
    ) {
      ShutdownSignals.block()
      let thread = ShutdownSignals.watch(
        deadlineMilliseconds: 0, log: { LogOutput.write($0 + "\n") }, begin: { _ in })
      pthread_kill(thread, SIGTERM)
      while true { pause() }
    }
    let output = try #require(result).standardOutputContent
    #expect(
      String(decoding: output, as: UTF8.self)
        .contains("Not everything stopped within 0 ms; exiting\n"))
  }

  @Test("writing to a closed pipe is an error, not a signal")
  func brokenPipe() async {
    await #expect(processExitsWith: .success) {
      ShutdownSignals.block()
      var ends: [Int32] = [0, 0]
      guard pipe(&ends) == 0 else { exit(2) }
      close(ends[0])
      var byte: UInt8 = 0
      exit(write(ends[1], &byte, 1) == -1 && errno == EPIPE ? EXIT_SUCCESS : 3)
    }
  }
}
