import Counters
import Testing

@Suite("Counters") struct CountersTests {
  @Test("are walked in the order in which they were named, each as it is now")
  func walk() {
    let counters = CounterRegistry()
    let hits = counters.total(CounterName("hits_total", ["cache": "tail"]))
    let open = counters.level(CounterName("open"))
    counters.level(CounterName("bytes")) { 42 }
    hits.add()
    hits.add(2)
    open.add(5)
    open.subtract()
    let readings = counters.readings
    #expect(readings.map { "\($0.name)" } == ["hits_total{cache=\"tail\"}", "open", "bytes"])
    #expect(readings.map(\.kind) == [.total, .level, .level])
    #expect(readings.map(\.value) == [3, 4, 42])
  }

  @Test("one name with other labels is another counter, the same twice a programmer's error")
  func names() async {
    let counters = CounterRegistry()
    let first = counters.total(CounterName("refused_total", ["reason": "a"]))
    let second = counters.total(CounterName("refused_total", ["reason": "b"]))
    first.add()
    #expect(second.value == 0)
    await #expect(processExitsWith: .failure) {
      let counters = CounterRegistry()
      _ = counters.total(CounterName("refused_total"))
      _ = counters.total(CounterName("refused_total"))
    }
    await #expect(processExitsWith: .failure) {
      _ = CounterRegistry().total(CounterName("refused"))
    }
  }

  @Test("no count is lost between threads")
  func threads() async {
    let counter = CounterRegistry().total(CounterName("many_total"))
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<8 { group.addTask { for _ in 0..<10_000 { counter.add() } } }
    }
    #expect(counter.value == 80_000)
  }
}
