import Synchronization

/// The words of one command: which options were given with which texts, and what else there is.
struct OptionScan {
  /// By the option's name; a flag has an empty text for each time it was given.
  var texts: [String: [String]] = [:]
  /// Where the scan stops at the first one, that and all words behind it.
  var operands: [String] = []
  /// The options' names as they came.
  var order: [String] = []
  /// The first thing that is wrong. The scan goes on behind it, for help may have been asked for.
  private(set) var problem: UsageProblem?
  /// The first value that is wrong, where that is found out only when the rules have been kept.
  var problemOfValues: UsageProblem?

  /// The option that takes the words that come.
  private var collecting: OptionDeclaration?

  let words: [String]
  let options: [OptionDeclaration]

  /// The process has one getopt.
  private static let getopt = Mutex(())

  static func scan(_ words: [String], of command: Command) -> OptionScan {
    var scan = OptionScan(words: words, options: command.allOptions)
    if command.dialect == .jopt {
      scan.runJopt()
    } else {
      getopt.withLock { _ in scan.run(stopsAtOperand: !command.subcommands.isEmpty) }
    }
    return scan
  }

  private init(words: [String], options: [OptionDeclaration]) {
    self.words = words
    self.options = options
  }

  private mutating func run(stopsAtOperand: Bool) {
    let getopt = Getopt(words, options: options)
    while true {
      switch getopt.next() {
      case .operand(let place) where stopsAtOperand && collecting == nil:
        operands += words[place...]
        return
      case .operand(let place):
        if let collecting {
          _ = take(collecting, words[place], isNextWord: false)
        } else {
          operands.append(words[place])
        }
      case .option(let place, let text, let isNextWord):
        if !take(options[place], text, isNextWord: isNextWord) { getopt.giveBackWord() }
      case .missingValue(let place):
        refuse(.missingValue(options[place], next: nil))
      case .unexpectedValue(let place, let word):
        refuse(.unexpectedValue(options[place], given: halves(words[word]).value ?? ""))
      case .unknownLong(let word):
        refuse(unknownLong(halves(words[word]).name))
      case .unknownShort(let letter, let word):
        refuse(unknownShort(letter, in: halves(words[word]).name))
      case .end(let place):
        operands += words[place...]
        return
      }
    }
  }

  /// False if the next word has been taken for the value and is none.
  private mutating func take(
    _ option: OptionDeclaration, _ text: String, isNextWord: Bool
  ) -> Bool {
    if let value = option.value {
      if isNextWord, !value.isValue(text) {
        refuse(.missingValue(option, next: text))
        return false
      }
      if !value.accepts(text) { refuse(.wrongValue(option, value, given: text)) }
    }
    collecting = option.takesSeveralWords ? option : nil
    order.append(option.name)
    texts[option.name, default: []].append(text)
    return true
  }

  mutating func refuse(_ problem: UsageProblem) {
    if self.problem == nil { self.problem = problem }
  }

  /// What getopt does not understand although it is the beginning of a name, is that of several.
  private func unknownLong(_ written: String) -> UsageProblem {
    let candidates = visibleNames.map { "--\($0)" }.filter { $0.utf8.starts(with: written.utf8) }
    if written == "--" || candidates.isEmpty {
      return .unknownOption(written, nearest: nearest(written))
    }
    return .ambiguousOption(written, candidates: candidates)
  }

  /// The word is several letters, unless it is a long name that lacks a dash.
  private func unknownShort(_ letter: UInt8, in written: String) -> UsageProblem {
    if let nearest = nearest(written) { return .unknownOption(written, nearest: nearest) }
    let isWhole = letter < 0x80
    let letter = isWhole ? "-\(Character(Unicode.Scalar(letter)))" : written
    return .unknownOption(letter, nearest: nil)
  }

  private func nearest(_ written: String) -> String? {
    let name = String(written.drop { $0 == "-" })
    return NearestName.to(name, among: visibleNames).map { "--\($0)" }
  }

  private var visibleNames: [String] { options.filter { !$0.isHidden }.map(\.name) }

  /// `--name=value`.
  private func halves(_ word: String) -> (name: String, value: String?) {
    guard let separator = word.utf8.firstIndex(of: UInt8(ascii: "=")) else { return (word, nil) }
    return (String(word[..<separator]), String(word[word.utf8.index(after: separator)...]))
  }
}
