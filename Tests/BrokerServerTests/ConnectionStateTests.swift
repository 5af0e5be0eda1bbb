import Broker
import Bytes
import Testing

@testable import BrokerServer

@Suite("Connection state") struct ConnectionStateTests {
  @Test("the smallest frames count as what it takes to hold them")
  func smallFrames() {
    var state = ConnectionState(limits: ConnectionLimits())
    for _ in 0..<10 { state.received(ByteSlice([0]), isPipelined: false) }
    #expect(state.heldBytes == 1_610)
  }

  @Test("a request starts at once, and its answer is sent")
  func oneRequest() {
    var state = ConnectionState(limits: exactLimits())
    state.received(frame("a"), isPipelined: false)
    #expect(actions(&state) == ["start 0 a"])
    state.answered(0, with: .frame(pieces("A")))
    #expect(actions(&state) == ["send A"])
    #expect(actions(&state) == [])
  }

  @Test("pipelined requests run side by side, and their answers leave in request order")
  func pipelinedOrder() {
    var state = ConnectionState(limits: exactLimits())
    for text in ["a", "b", "c"] { state.received(frame(text), isPipelined: true) }
    #expect(actions(&state) == ["start 0 a", "start 1 b", "start 2 c"])
    state.answered(2, with: .frame(pieces("C")))
    state.answered(1, with: .none)
    #expect(actions(&state) == [])
    state.answered(0, with: .frame(pieces("A")))
    #expect(actions(&state) == ["send A", "send C"])
  }

  @Test("any other request waits for all before it and holds up all behind it")
  func barrier() {
    var state = ConnectionState(limits: exactLimits())
    state.received(frame("a"), isPipelined: true)
    state.received(frame("b"), isPipelined: false)
    state.received(frame("c"), isPipelined: true)
    #expect(actions(&state) == ["start 0 a"])
    state.answered(0, with: .none)
    #expect(actions(&state) == ["start 1 b"])
    state.answered(1, with: .frame(pieces("B")))
    #expect(actions(&state) == ["send B", "start 2 c"])
  }

  @Test("at the bound of requests reading stops, and what came anyway waits its turn")
  func requestBound() {
    var limits = exactLimits()
    limits.requests = 2
    var state = ConnectionState(limits: limits)
    state.received(frame("a"), isPipelined: true)
    #expect(state.wantsToRead(whileReading: true) == true)
    state.received(frame("b"), isPipelined: true)
    state.received(frame("c"), isPipelined: true)
    #expect(state.wantsToRead(whileReading: true) == false)
    #expect(actions(&state) == ["start 0 a", "start 1 b"])
    state.answered(0, with: .none)
    #expect(actions(&state) == ["start 2 c"])
    state.answered(1, with: .none)
    #expect(actions(&state) == [])
    #expect(state.wantsToRead(whileReading: true) == true)
  }

  @Test("reading that has stopped goes on at half of the limits")
  func lowMark() {
    var limits = exactLimits()
    limits.requests = 4
    limits.frameBytes = 8
    var state = ConnectionState(limits: limits)
    for text in ["aa", "bb", "cc", "dd"] { state.received(frame(text), isPipelined: true) }
    #expect(actions(&state).count == 4)
    #expect(state.wantsToRead(whileReading: true) == false)
    state.answered(0, with: .none)
    #expect(actions(&state) == [])
    #expect(state.wantsToRead(whileReading: true) == true)
    #expect(state.wantsToRead(whileReading: false) == false)
    state.answered(1, with: .none)
    #expect(actions(&state) == [])
    #expect(state.wantsToRead(whileReading: false) == true)
  }

  @Test("a frame larger than the bound of bytes runs, but alone")
  func byteBound() {
    var limits = exactLimits()
    limits.frameBytes = 4
    var state = ConnectionState(limits: limits)
    state.received(frame("a"), isPipelined: true)
    state.received(frame("bigger"), isPipelined: true)
    #expect(state.wantsToRead(whileReading: true) == false)
    #expect(actions(&state) == ["start 0 a"])
    state.answered(0, with: .none)
    #expect(actions(&state) == ["start 1 bigger"])
    #expect(state.heldBytes == 6)
    state.answered(1, with: .none)
    #expect(state.heldBytes == 0)
  }

  @Test("too many unsent bytes stop reading and starting until the socket takes them")
  func unsentBound() {
    var limits = exactLimits()
    limits.unsentBytes = 3
    var state = ConnectionState(limits: limits)
    state.received(frame("a"), isPipelined: false)
    state.received(frame("b"), isPipelined: false)
    #expect(actions(&state) == ["start 0 a"])
    state.answered(0, with: .frame(pieces("AAA")))
    #expect(actions(&state) == ["send AAA"])
    #expect(state.wantsToRead(whileReading: true) == false)
    state.flushed(unsentBytes: 2)
    #expect(actions(&state) == ["start 1 b"])
    #expect(state.wantsToRead(whileReading: true) == true)
  }

  @Test("a request that runs alone begins when what was answered before is nearly gone")
  func unsentBeforeNext() {
    var limits = exactLimits()
    limits.unsentBytesBeforeNext = 1
    var state = ConnectionState(limits: limits)
    state.received(frame("a"), isPipelined: false)
    state.received(frame("b"), isPipelined: false)
    state.received(frame("p"), isPipelined: true)
    #expect(actions(&state) == ["start 0 a"])
    state.answered(0, with: .frame(pieces("AAA")))
    #expect(actions(&state) == ["send AAA"])
    state.flushed(unsentBytes: 2)
    #expect(actions(&state) == [])
    #expect(state.wantsToRead(whileReading: true) == true)
    state.flushed(unsentBytes: 1)
    #expect(actions(&state) == ["start 1 b"])
    state.answered(1, with: .frame(pieces("BBB")))
    #expect(actions(&state) == ["send BBB", "start 2 p"])
  }

  @Test("answers that wait for an earlier one count as unsent")
  func answersInLine() {
    var limits = exactLimits()
    limits.unsentBytes = 3
    var state = ConnectionState(limits: limits)
    state.received(frame("a"), isPipelined: true)
    state.received(frame("b"), isPipelined: true)
    #expect(actions(&state) == ["start 0 a", "start 1 b"])
    state.answered(1, with: .frame(pieces("BBB")))
    #expect(actions(&state) == [])
    #expect(state.wantsToRead(whileReading: true) == false)
    #expect(state.heldBytes == 4)
  }

  @Test("held back, it reads nothing and starts only what is pipelined")
  func heldBack() {
    var state = ConnectionState(limits: exactLimits())
    state.isHeldBack = true
    state.received(frame("a"), isPipelined: true)
    state.received(frame("b"), isPipelined: false)
    #expect(state.wantsToRead(whileReading: true) == false)
    #expect(actions(&state) == ["start 0 a"])
    state.answered(0, with: .none)
    #expect(actions(&state) == [])
    #expect(state.isReadyToStart == true)
    state.isHeldBack = false
    #expect(actions(&state) == ["start 1 b"])
  }

  @Test("a close waits its turn and drops what comes after it")
  func closeInOrder() {
    var state = ConnectionState(limits: exactLimits())
    for text in ["a", "b", "c"] { state.received(frame(text), isPipelined: true) }
    state.received(frame("d"), isPipelined: false)
    #expect(actions(&state) == ["start 0 a", "start 1 b", "start 2 c"])
    state.answered(1, with: .close(reason: "bad"))
    #expect(actions(&state) == [])
    state.answered(0, with: .frame(pieces("A")))
    #expect(actions(&state) == ["send A", "close error(\"bad\")"])
    #expect(state.wantsToRead(whileReading: true) == false)
    state.answered(2, with: .frame(pieces("late")))
    #expect(actions(&state) == [])
    state.flushed(unsentBytes: 0)
    #expect(state.heldBytes == 0)
  }

  @Test("when the peer sends no more, all it sent is answered before the close")
  func inputClosed() {
    var state = ConnectionState(limits: exactLimits())
    state.received(frame("a"), isPipelined: false)
    state.received(frame("b"), isPipelined: false)
    state.inputClosed()
    #expect(actions(&state) == ["start 0 a"])
    state.answered(0, with: .frame(pieces("A")))
    #expect(actions(&state) == ["send A", "start 1 b"])
    state.answered(1, with: .frame(pieces("B")))
    #expect(actions(&state) == ["send B", "close peerClosed"])
  }

  @Test("when the server stops, what runs is answered and what waits is not started")
  func stopped() {
    var state = ConnectionState(limits: exactLimits())
    state.received(frame("a"), isPipelined: false)
    state.received(frame("b"), isPipelined: false)
    #expect(actions(&state) == ["start 0 a"])
    state.stopped()
    state.received(frame("c"), isPipelined: false)
    #expect(actions(&state) == [])
    state.answered(0, with: .frame(pieces("A")))
    #expect(actions(&state) == ["send A", "close shutdown"])
  }

  @Test("a frame that runs alone counts until it is handed over: its answer may take minutes")
  func bytesOfWaiting() {
    var state = ConnectionState(limits: exactLimits())
    state.received(frame("join"), isPipelined: false)
    state.received(frame("ab"), isPipelined: false)
    #expect(state.heldBytes == 6)
    #expect(actions(&state) == ["start 0 join"])
    #expect(state.heldBytes == 2)
    state.answered(0, with: .frame(pieces("J")))
    #expect(actions(&state) == ["send J", "start 1 ab"])
    state.flushed(unsentBytes: 0)
    #expect(state.heldBytes == 0)
    state.answered(1, with: .none)
    #expect(state.heldBytes == 0)
  }

  @Test("a pipelined frame counts until its answer even when its connection has gone")
  func bytesAfterClose() {
    var state = ConnectionState(limits: exactLimits())
    state.received(frame("abc"), isPipelined: true)
    state.received(frame("waiting"), isPipelined: false)
    #expect(actions(&state) == ["start 0 abc"])
    state.closed()
    #expect(state.heldBytes == 3)
    state.answered(0, with: .frame(pieces("ABC")))
    #expect(state.heldBytes == 0)
    #expect(actions(&state) == [])
  }

  @Test("what is unsent is held until the connection is gone, however it came to its end")
  func unsentAfterClose() {
    var state = ConnectionState(limits: exactLimits())
    state.received(frame("a"), isPipelined: false)
    state.inputClosed()
    _ = actions(&state)
    state.answered(0, with: .frame(pieces("answer")))
    #expect(actions(&state) == ["send answer", "close peerClosed"])
    state.closing()
    #expect(state.responseBytes == 6)
    #expect(state.heldBytes == 6)
    state.closed()
    #expect(state.heldBytes == 0)
  }

  @Test("to answer a request twice is a programming error")
  func answeredTwice() async {
    await #expect(processExitsWith: .failure) {
      var state = ConnectionState(limits: exactLimits())
      state.received(frame("a"), isPipelined: false)
      _ = state.next()
      state.answered(0, with: .none)
      state.answered(0, with: .none)
    }
  }

  @Test("any mix of answers keeps order, barriers and accounts")
  func randomRuns() {
    let seed = UInt64.random(in: 0...UInt64.max)
    var random = SplitMix(seed)
    for _ in 0..<300 {
      if let failure = runRandomly(&random) {
        Issue.record("\(failure), seed \(seed)")
        return
      }
    }
  }

  /// Feeds 100 requests and answers running ones in any order; returns what went wrong.
  private func runRandomly(_ random: inout SplitMix) -> String? {
    var state = ConnectionState(limits: exactLimits())
    var pipelined: [Bool] = []
    var running: Set<UInt64> = []
    var sent: [String] = []
    while sent.count < 100 {
      if pipelined.count < 100, Bool.random(using: &random) {
        pipelined.append(Int.random(in: 0..<4, using: &random) > 0)
        state.received(frame("\(pipelined.count - 1)"), isPipelined: pipelined.last!)
      } else if let sequence = running.randomElement(using: &random) {
        running.remove(sequence)
        state.answered(sequence, with: .frame(pieces("\(sequence)")))
      }
      while let action = state.next() {
        switch action {
        case .start(let sequence, _):
          running.insert(sequence)
          let alone = running.contains { !pipelined[Int($0)] }
          if alone, running.count > 1 { return "a barrier did not hold" }
        case .send(let response): sent.append(text(response))
        case .close: return "closed for no reason"
        }
      }
      state.flushed(unsentBytes: 0)
    }
    if sent != (0..<100).map(String.init) { return "out of order: \(sent)" }
    return state.heldBytes == 0 ? nil : "\(state.heldBytes) bytes were left in the accounts"
  }

  private func actions(_ state: inout ConnectionState) -> [String] {
    var texts: [String] = []
    while let action = state.next() {
      switch action {
      case .start(let sequence, let frame):
        texts.append("start \(sequence) \(text(frame))")
      case .send(let response): texts.append("send \(text(response))")
      case .close(let reason): texts.append("close \(reason)")
      }
    }
    return texts
  }
}

private func frame(_ text: String) -> ByteSlice { ByteSlice(text.utf8) }
private func pieces(_ text: String) -> BytePieces { BytePieces(Array(text.utf8)) }
private func text(_ slice: ByteSlice) -> String { String(decoding: [UInt8](slice), as: UTF8.self) }
private func text(_ pieces: BytePieces) -> String {
  String(decoding: [UInt8](pieces), as: UTF8.self)
}

/// Frames that cost what they count.
private func exactLimits() -> ConnectionLimits {
  var limits = ConnectionLimits()
  limits.frameOverheadBytes = 0
  return limits
}
