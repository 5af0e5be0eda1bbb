import Arguments

/// What only shows at work to be wrong with the words, and is said with the options behind it; in Java's tools an
/// IllegalArgumentException.
struct ArgumentFailure: Error {
  let sentence: String

  init(_ sentence: String) { self.sentence = sentence }

  /// - Returns: What the process ends with.
  func report(for command: Command, to console: Console) -> Int32 {
    let error = UsageError(
      problem: .rule(sentence, showsOptions: true), path: CommandPath(command))
    let answer = Answer(error, columns: console.columns)
    console.errors.write(answer.text)
    return answer.exitCode
  }
}
