/// Completions for zsh.
enum ZshCompletion {
  static func script(_ words: CompletionWords) -> String {
    """
    #compdef acta \(words.commands.compactMap(\.launcher).flatMap { [$0, "\($0).sh"] }.joined(separator: " "))
    # Completions of acta and its launchers for zsh: acta completions zsh > a file _acta in $fpath

    _acta_command() {
      case "$1" in
    \(words.commands.map(command).joined())  esac
    }

    _acta() {
      local name=${service:t}
      name=${name%.sh}
      if [[ $name != acta ]]; then
        _acta_command "${name#kafka-}"
      elif (( CURRENT == 2 )); then
        local -a commands=(
    \(words.commands.map { "      \(quoted("\($0.name):\($0.help)"))\n" }.joined())    )
        _describe command commands
      else
        local command=${words[2]}
        shift words
        (( CURRENT-- ))
        _acta_command "$command"
      fi
    }

    # Sourced, or loaded from $fpath.
    if [[ ${funcstack[1]} == _acta ]]; then _acta "$@"; else compdef _acta acta; fi

    """
  }

  private static func command(_ command: CompletionWords.CommandWords) -> String {
    let subcommands =
      command.subcommands.isEmpty
      ? [] : ["        \(quoted("1:command:(\(command.subcommands.joined(separator: " ")))"))"]
    let lines = subcommands + command.options.map { "        \(quoted(specification($0)))" }
    return "    \(command.name)) _arguments \\\n\(lines.joined(separator: " \\\n")) ;;\n"
  }

  private static func specification(_ option: CompletionWords.Word) -> String {
    let help = option.help.map { character -> String in
      "[]:\\".contains(character) ? "\\\(character)" : String(character)
    }.joined()
    let name = "*\(option.name)[\(help)]"
    guard option.takesValue else { return name }
    if option.isFile { return "\(name):file:_files" }
    if option.values.isEmpty { return "\(name):value: " }
    return "\(name):value:(\(option.values.joined(separator: " ")))"
  }

  private static func quoted(_ text: String) -> String {
    "'" + text.map { $0 == "'" ? "'\\''" : String($0) }.joined() + "'"
  }
}
