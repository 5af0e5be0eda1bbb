/// Help and refusals as `acta` prints them: sections, options in two columns.
package struct HelpLayout: Sendable {
  /// How long a line may be.
  private let width: Int
  /// Where the second column begins.
  private static let indent = 26

  /// - Parameter columns: The width of the terminal; what is too narrow to read is not used.
  package init(columns: Int = 80) {
    width = max(columns, Self.indent + 24)
  }

  package func help(for path: CommandPath) -> String {
    let command = path.command
    var sections = ["OVERVIEW: \(command.abstract)"]
    if !command.discussion.isEmpty { sections.append(paragraphs(command.discussion)) }
    sections.append(usage(path, title: "USAGE: "))
    sections += [
      section("ARGUMENTS", command.operands.map { ("<\($0.name)>", $0.help) }),
      section(
        "OPTIONS",
        (command.options.filter { !$0.isHidden } + command.standardOptions)
          .map { (label($0), description($0)) }),
      section("SUBCOMMANDS", command.subcommands.map { ($0.name, $0.abstract) }),
    ].compactMap(\.self)
    if !command.subcommands.isEmpty {
      sections.append("  See '\(path.name) help <subcommand>' for detailed help.")
    }
    return sections.joined(separator: "\n\n") + "\n"
  }

  /// What is wrong, how it would be right, and where to read more.
  package func refusal(_ error: UsageError) -> String {
    """
    Error: \(error)
    \(usage(error.path, title: "Usage: "))
      See '\(error.path.name) --help' for more information.

    """
  }

  private func usage(_ path: CommandPath, title: String) -> String {
    let command = path.command
    var pieces = command.options.filter { !$0.isHidden }.map { option in
      let label = option.label + (option.isRepeatable ? " ..." : "")
      return option.isRequired ? label : "[\(label)]"
    }
    pieces += command.operands.map { operand in
      let label = "<\(operand.name)>" + (operand.isRepeatable ? " ..." : "")
      return operand.isRequired ? label : "[\(label)]"
    }
    if !command.subcommands.isEmpty { pieces.append("<subcommand>") }
    let start = title + path.name
    return fill([start] + pieces, width: width, hanging: start.count + 1).joined(separator: "\n")
  }

  private func label(_ option: OptionDeclaration) -> String {
    option.short.map { "-\($0), \(option.label)" } ?? option.label
  }

  private func description(_ option: OptionDeclaration) -> String {
    let notes = [
      option.value?.range.map { "values: \($0)" }, option.defaultText.map { "default: \($0)" },
    ].compactMap(\.self)
    return notes.isEmpty ? option.help : "\(option.help) (\(notes.joined(separator: "; ")))"
  }

  /// A line for each entry; the description moves down where the label is too long.
  private func section(_ title: String, _ entries: [(label: String, text: String)]) -> String? {
    if entries.isEmpty { return nil }
    let margin = String(repeating: " ", count: Self.indent)
    let lines = entries.flatMap { entry -> [String] in
      let label = "  \(entry.label)"
      let text = wrap(entry.text, width: width - Self.indent)
      guard let first = text.first else { return [label] }
      if label.count >= Self.indent { return [label] + text.map { margin + $0 } }
      return [label + margin.dropFirst(label.count) + first] + text.dropFirst().map { margin + $0 }
    }
    return ([title + ":"] + lines).joined(separator: "\n")
  }

  private func paragraphs(_ text: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false)
      .flatMap { line in
        // An example that is broken up can no longer be copied.
        line.isEmpty || line.hasPrefix(" ") ? [String(line)] : wrap(String(line), width: width)
      }
      .joined(separator: "\n")
  }

  private func wrap(_ text: String, width: Int) -> [String] {
    fill(text.split(separator: " ").map(String.init), width: width)
  }

  /// As many pieces on each line as fit; lines after the first begin further right.
  private func fill(_ pieces: [String], width: Int, hanging: Int = 0) -> [String] {
    var lines: [String] = []
    for piece in pieces {
      if let last = lines.last, last.count + 1 + piece.count <= width {
        lines[lines.count - 1] += " " + piece
      } else {
        lines.append(lines.isEmpty ? piece : String(repeating: " ", count: hanging) + piece)
      }
    }
    return lines
  }
}
