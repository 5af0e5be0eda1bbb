import CGlibc
import Glibc

/// The C library's `getopt_long` at work on some words: long options by name or by as much of it as
/// is unambiguous, short ones also bundled, values in the same word or in the next.
///
/// The process has one getopt: only one of these may exist at a time.
struct Getopt: ~Copyable {
  enum Finding {
    /// A word that is no option, by its place among the words.
    case operand(Int)
    /// By its place among the options; a flag's text is empty.
    case option(Int, text: String, isNextWord: Bool)
    case missingValue(Int)
    case unexpectedValue(Int, word: Int)
    case unknownLong(word: Int)
    case unknownShort(UInt8, word: Int)
    /// Nothing is left but operands, from this place on.
    case end(Int)
  }

  /// What getopt calls the first option when it has its long name; short ones go by their letter.
  private static let firstCode: Int32 = 256

  private let shorts: [Int32?]
  private let shortOptions: String
  private let table: [option]
  private let names: [UnsafeMutablePointer<CChar>?]
  /// getopt keeps a pointer into the one that it is reading. It skips the first one.
  private let arguments: [UnsafeMutablePointer<CChar>?]

  init(_ words: [String], options: [OptionDeclaration]) {
    arguments = ([""] + words).map { strdup($0) } + [nil]
    names = options.map { strdup($0.name) }
    shorts = options.map { $0.short?.asciiValue.map(Int32.init) }
    // "-" makes getopt tell operands in their place; ":" makes it tell a missing value apart.
    shortOptions = options.reduce(into: "-:") { text, option in
      guard let short = option.short else { return }
      text += option.value == nil ? "\(short)" : "\(short):"
    }
    var table: [option] = []
    for (place, declared) in options.enumerated() {
      let takes = declared.value == nil ? no_argument : required_argument
      let code = Self.firstCode + Int32(place)
      table.append(option(name: names[place], has_arg: takes, flag: nil, val: code))
    }
    self.table = table + [option()]
    acta_getopt_begin()
  }

  deinit {
    for text in arguments + names { free(text) }
  }

  func next() -> Finding {
    // As operands stay where they are, this is always the word that the call reads: 0 stands for
    // the first one, as getopt begins, and 1 too.
    let word = max(1, Int(acta_getopt_index())) - 1
    let code = getopt_long(Int32(arguments.count - 1), arguments, shortOptions, table, nil)
    switch code {
    case -1: return .end(Int(acta_getopt_index()) - 1)
    case 1: return .operand(word)
    case Int32(UInt8(ascii: ":")): return .missingValue(place(acta_getopt_culprit()))
    case Int32(UInt8(ascii: "?")): return notUnderstood(word, culprit: acta_getopt_culprit())
    default: return found(code)
    }
  }

  /// Makes the next call read the last word again, which is not the value that it was taken for.
  func giveBackWord() {
    acta_getopt_continue_at(acta_getopt_index() - 1)
  }

  private func found(_ code: Int32) -> Finding {
    guard let value = acta_getopt_value() else {
      return .option(place(code), text: "", isNextWord: false)
    }
    let last = arguments[Int(acta_getopt_index()) - 1]
    return .option(place(code), text: String(cString: value), isNextWord: value == last)
  }

  private func notUnderstood(_ word: Int, culprit: Int32) -> Finding {
    if culprit == 0 { return .unknownLong(word: word) }
    if culprit >= Self.firstCode { return .unexpectedValue(place(culprit), word: word) }
    return .unknownShort(UInt8(truncatingIfNeeded: culprit), word: word)
  }

  private func place(_ code: Int32) -> Int {
    if code >= Self.firstCode { return Int(code - Self.firstCode) }
    guard let place = shorts.firstIndex(of: code) else {
      preconditionFailure("getopt found an option that it was not told of: \(code)")
    }
    return place
  }
}
