import Testing

@testable import Broker

@Suite("Produce: lines") struct ProduceLinesTests {
  private typealias Lines = ProduceLines<String>

  private func entries(_ items: String..., lane: Lines.Lane = .short) -> [Lines.Entry] {
    items.map { Lines.Entry(lane: lane, item: $0) }
  }

  @Test("connections take turns, each in its own order")
  func turns() {
    var lines = Lines()
    lines.append(entries("a1", "a2", "a3"), from: 1)
    lines.append(entries("b1"), from: 2)
    var order: [String] = []
    while let (connection, items) = lines.take(.short, limit: 1) {
      order += items
      lines.finished(connection, count: items.count, isSubmitted: true)
      lines.settled(connection)
    }
    #expect(order == ["a1", "b1", "a2", "a3"])
    #expect(lines.count == 0)
  }

  @Test("a line that is taken is nobody else's, and what comes to it stands behind")
  func taken() {
    var lines = Lines()
    #expect(!lines.isBusy(1))
    lines.append(entries("a1"), from: 1)
    #expect(lines.isBusy(1))
    #expect(lines.take(.short, limit: 9)?.items == ["a1"])
    lines.append(entries("a2"), from: 1)
    #expect(lines.take(.short, limit: 9) == nil)
    lines.finished(1, count: 1, isSubmitted: true)
    #expect(lines.take(.short, limit: 9)?.items == ["a2"])
    lines.finished(1, count: 1, isSubmitted: true)
    // All of it has its place with the writer: what comes next need not stand in line.
    #expect(!lines.isBusy(1))
    #expect(lines.count == 1)
    lines.settled(1)
    lines.settled(1)
    #expect(lines.count == 0)
  }

  @Test("two pieces of a line are with the writer, and no more")
  func window() {
    var lines = Lines()
    lines.append(entries("a1", "a2", "a3"), from: 1)
    for item in ["a1", "a2"] {
      #expect(lines.take(.short, limit: 1)?.items == [item])
      lines.finished(1, count: 1, isSubmitted: true)
    }
    #expect(lines.take(.short, limit: 1) == nil)
    lines.settled(1)
    #expect(lines.take(.short, limit: 1)?.items == ["a3"])
  }

  @Test("what was refused is not with the writer")
  func refused() {
    var lines = Lines()
    lines.append(entries("a1", "a2", "a3", "a4"), from: 1)
    for item in ["a1", "a2", "a3", "a4"] {
      #expect(lines.take(.short, limit: 1)?.items == [item])
      lines.finished(1, count: 1, isSubmitted: false)
    }
    #expect(lines.count == 0)
  }

  @Test("what takes long changes lanes, and what is behind it waits for it")
  func lanes() {
    var lines = Lines()
    lines.append(entries("a1", "a2"), from: 1)
    lines.append(entries("a3", lane: .long) + entries("a4"), from: 1)
    #expect(lines.take(.short, limit: 9)?.items == ["a1", "a2"])
    lines.finished(1, count: 1, isSubmitted: true, nextIsLong: true)
    #expect(lines.take(.short, limit: 9) == nil)
    #expect(lines.take(.long, limit: 9)?.items == ["a2", "a3"])
    lines.finished(1, count: 2, isSubmitted: false)
    #expect(lines.take(.long, limit: 9) == nil)
    #expect(lines.take(.short, limit: 9)?.items == ["a4"])
  }
}
