/// Help and refusals as Kafka's tools have them from jopt-simple: the options in two columns, by name.
package struct JoptLayout: Sendable {
  /// The library's own, whatever the terminal.
  private static let width = 80
  private static let gap = 2

  package init() {}

  /// What the command says of itself, and the options.
  package func help(for path: CommandPath) -> String {
    let command = path.command
    let introduction = command.discussion.isEmpty ? command.abstract : command.discussion
    return introduction + "\n" + table(command)
  }

  /// What is wrong; and the options, unless the words could not even be read.
  package func refusal(_ error: UsageError) -> String {
    if case .nothingGiven = error.problem {
      return error.path.command.abstract + "\n" + table(error.path.command)
    }
    let sentence = Self.sentence(error.problem) + "\n"
    return isAboutRules(error.problem) ? sentence + table(error.path.command) : sentence
  }

  private func isAboutRules(_ problem: UsageProblem) -> Bool {
    switch problem {
    case .missingOption, .excluded, .missingOneOf: true
    case .rule(_, let showsOptions): showsOptions
    default: false
    }
  }

  /// As the library says it, or Kafka's helpers around it.
  package static func sentence(_ problem: UsageProblem) -> String {
    switch problem {
    case .unknownOption(let name, _): "\(name) is not a recognized option"
    case .missingValue(let option, _): "Option \(option.name) requires an argument"
    case .wrongValue(let option, _, let given):
      "Cannot parse argument '\(given)' of option \(option.name)"
    case .repeatedOption(let option):
      "Found multiple arguments for option \(option.name), but you asked for only one"
    case .missingOption(let option) where option.isRequired:
      "Missing required option(s) [\(option.name)]"
    case .missingOption(let option): "Missing required argument \"[\(option.name)]\""
    case .excluded(let option, let other):
      "Option \"[\(option.name)]\" can't be used with option \"[\(other.name)]\""
    case .missingOneOf(let options):
      "Exactly one of the following arguments is required: "
        + options.map { "[\($0.name)]" }.joined(separator: ", ")
    default: problem.description
    }
  }

  // MARK: The table

  private func table(_ command: Command) -> String {
    let half = (Self.width - Self.gap) / 2
    let options = command.allOptions.filter { !$0.isHidden }.sorted { $0.name < $1.name }
    let title = options.contains(where: \.isRequired) ? "Option (* = required)" : "Option"
    var rows = [
      (title, "Description"),
      (String(repeating: "-", count: title.count), "-----------"),
    ]
    for option in options {
      let left = lines(label(option), width: half)
      let right = lines(description(option), width: half)
      for line in 0..<max(left.count, right.count) {
        rows.append((line < left.count ? left[line] : "", line < right.count ? right[line] : ""))
      }
    }
    let widths = (rows.map(\.0.count).max() ?? 0, rows.map(\.1.count).max() ?? 0)
    return rows.map { left, right in
      left.padded(to: widths.0 + Self.gap) + right.padded(to: widths.1) + "\n"
    }.joined()
  }

  private func label(_ option: OptionDeclaration) -> String {
    let name = (option.isRequired ? "* " : "") + "--\(option.name)"
    guard let value = option.value else { return name }
    let type = value.javaName + (value.name.isEmpty ? "" : ": \(value.name)")
    return "\(name) " + (option.isValueOptional ? "[\(type)]" : "<\(type)>")
  }

  private func description(_ option: OptionDeclaration) -> String {
    option.defaultText.map { "\(option.help) (default: \($0))" } ?? option.help
  }

  /// A line that goes on is indented; a line feed begins a new one.
  private func lines(_ text: String, width: Int) -> [String] {
    text.split(separator: "\n", omittingEmptySubsequences: false).flatMap { line -> [String] in
      var lines: [String] = []
      var current = ""
      for piece in JavaLineBreaks.pieces(String(line)) {
        if current.count + piece.count > width {
          lines.append(current.withoutTrailingSpaces)
          current = "  "
        }
        current += piece
      }
      return current.isEmpty ? lines : lines + [current]
    }
  }
}

extension String {
  func padded(to width: Int) -> String {
    self + String(repeating: " ", count: Swift.max(0, width - count))
  }

  var withoutTrailingSpaces: String {
    String(self[..<(lastIndex { $0 != " " }.map { index(after: $0) } ?? startIndex)])
  }
}
