/// Completions for bash. They need nothing of the bash-completion package.
enum BashCompletion {
  static func script(_ words: CompletionWords) -> String {
    """
    # Completions of acta and its launchers for bash: source <(acta completions bash)

    _acta_options() {
      case "$1" in
    \(words.commands.map(options).joined())  esac
    }

    # What may stand behind an option: words, or "file".
    _acta_values() {
      case "$1 $2" in
    \(words.commands.map(values).joined())  esac
    }

    _acta_complete() {
      local command=$1 current=$2 previous=$3 values
      values=$(_acta_values "$command" "$previous")
      if [[ $values == file ]]; then
        COMPREPLY=($(compgen -f -- "$current"))
      elif [[ $values == any ]]; then
        COMPREPLY=()
      elif [[ -n $values ]]; then
        COMPREPLY=($(compgen -W "$values" -- "$current"))
      else
        COMPREPLY=($(compgen -W "$(_acta_options "$command")" -- "$current"))
      fi
    }

    _acta() {
      local current=${COMP_WORDS[COMP_CWORD]}
      if (( COMP_CWORD == 1 )); then
        COMPREPLY=($(compgen -W "\(names(words)) help --help --version" -- "$current"))
      else
        _acta_complete "${COMP_WORDS[1]}" "$current" "${COMP_WORDS[COMP_CWORD-1]}"
      fi
    }

    _acta_launcher() {
      local command=${1##*/}
      command=${command%.sh}
      _acta_complete "${command#kafka-}" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
    }

    complete -F _acta acta
    complete -F _acta_launcher \(launchers(words))

    """
  }

  private static func names(_ words: CompletionWords) -> String {
    words.commands.map(\.name).joined(separator: " ")
  }

  private static func launchers(_ words: CompletionWords) -> String {
    words.commands.compactMap(\.launcher).flatMap { [$0, "\($0).sh"] }.joined(separator: " ")
  }

  private static func options(_ command: CompletionWords.CommandWords) -> String {
    let all = command.subcommands + command.options.map(\.name)
    return "    \(command.name)) echo \"\(all.joined(separator: " "))\" ;;\n"
  }

  private static func values(_ command: CompletionWords.CommandWords) -> String {
    command.options.filter(\.takesValue).map { option in
      let values =
        option.isFile
        ? "file" : option.values.isEmpty ? "any" : option.values.joined(separator: " ")
      return "    \"\(command.name) \(option.name)\") echo \"\(values)\" ;;\n"
    }.joined()
  }
}
