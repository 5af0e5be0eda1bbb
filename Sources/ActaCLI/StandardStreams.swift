import Glibc

/// Standard input, output and error as the process was started with them.
package enum StandardStreams {
  /// To be called before anything is opened. Who starts a program may close its streams (`>&-`); the next file that is
  /// opened would have one of their numbers, and a line of the log would be written into it.
  ///
  /// What stands in a closed one's place can neither be read nor written, as before. Where there is no `/dev/null`
  /// there is nothing to put there.
  package static func occupy() {
    for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
      // The lowest number that is free, and so this one.
      _ = open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY)
    }
  }
}
