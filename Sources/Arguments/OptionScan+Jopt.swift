// How jopt-simple reads words, with `new OptionParser(false)` as Kafka's tools make it.

extension OptionScan {
  mutating func runJopt() {
    var rest = words[...]
    while let word = rest.popFirst() {
      if word == "--" {
        operands += rest
        return
      }
      if Self.looksLikeOption(word) {
        takeOption(word, &rest)
      } else {
        operands.append(word)
      }
    }
  }

  private mutating func takeOption(_ word: String, _ rest: inout ArraySlice<String>) {
    let isLong = word.hasPrefix("--")
    let written = word.dropFirst(isLong ? 2 : 1)
    let separator = written.utf8.firstIndex(of: UInt8(ascii: "="))
    let name = String(written[..<(separator ?? written.endIndex)])
    guard let option = options.first(where: { $0.name == name }) else {
      // Behind one dash every letter is an option, and none of these tools has one.
      return refuse(.unknownOption(isLong ? name : String(name.prefix(1)), nearest: nil))
    }
    let given = separator.map { String(written[written.utf8.index(after: $0)...]) }
    take(option, given, &rest)
  }

  /// - Parameter given: Behind the equals sign; nothing there is as good as no sign, and a flag does not care.
  private mutating func take(
    _ option: OptionDeclaration, _ given: String?, _ rest: inout ArraySlice<String>
  ) {
    order.append(option.name)
    let before = texts[option.name] ?? []
    guard let declared = option.value else {
      texts[option.name] = before + [""]
      return
    }
    var text = given.flatMap { $0.isEmpty ? nil : $0 }
    if text == nil, !option.isValueOptional || rest.first.map(Self.looksLikeOption) == false {
      text = rest.popFirst()
    }
    guard let text else {
      if !option.isValueOptional { refuse(.missingValue(option, next: nil)) }
      texts[option.name] = before
      return
    }
    texts[option.name] = before + [text]
    if !declared.accepts(text) { refuseValue(.wrongValue(option, declared, given: text)) }
    if !option.isRepeatable, !before.isEmpty { refuseValue(.repeatedOption(option)) }
  }

  private mutating func refuseValue(_ problem: UsageProblem) {
    if problemOfValues == nil { problemOfValues = problem }
  }

  private static func looksLikeOption(_ word: String) -> Bool {
    word.hasPrefix("-") && word != "-"
  }
}
