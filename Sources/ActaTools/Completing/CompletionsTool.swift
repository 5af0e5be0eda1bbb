package import Arguments

/// `acta completions`: a script that has a shell complete what is typed.
package struct CompletionsTool: Tool {
  package static let name = "completions"

  private static let shell = Operand("shell", help: "bash, zsh or fish.")

  package static var command: Command {
    Command(
      name: name, abstract: "Print a script that completes command lines in a shell.",
      discussion: """
        For this session, or in the shell's start file:
         bash:  source <(acta completions bash)
         zsh:   source <(acta completions zsh)
         fish:  acta completions fish | source
        """,
      operands: [shell])
  }

  private let script: String

  package init(_ invocation: Invocation) throws {
    switch invocation.operands[0] {
    case "bash": script = BashCompletion.script(.all)
    case "zsh": script = ZshCompletion.script(.all)
    case "fish": script = FishCompletion.script(.all)
    case let other:
      throw invocation.refusal(
        "There are completions for bash, zsh and fish, and none for '\(other)'.")
    }
  }

  package func run(_ console: Console) async -> Int32 {
    console.output.write(script)
    return 0
  }
}
