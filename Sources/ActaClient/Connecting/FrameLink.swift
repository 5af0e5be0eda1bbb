package import Bytes
package import Transport

/// What carries frames to a broker and back: a socket, or nothing at all where the broker is in this process.
/// Only the client's loop touches it.
package protocol FrameLink: AnyObject {
  /// Begins, and tells `delegate` from now on, never before this returns.
  func open(_ delegate: any FrameLinkDelegate)
  /// Sends a frame with its size prefix, behind those before it.
  func send(_ frame: BytePieces)
  /// Ends the link; the delegate is not told.
  func close()
}

package protocol FrameLinkDelegate: AnyObject {
  func linkOpened()
  /// A whole frame, without its size prefix.
  func received(_ frame: ByteSlice)
  /// The link is over, or never came to be; the last call.
  func linkClosed(_ end: LinkEnd)
}

/// Why a link is over, in a sentence.
package enum LinkEnd: Sendable {
  /// Another one may do better.
  case lost(String)
  /// The two sides do not accept each other, and never will.
  case refused(String)
  /// There will never be a broker there again.
  case gone(String)
}

/// Makes what carries a client's frames, on its loop, wherever the broker is.
package typealias LinkMaker = @Sendable (EventLoop) -> any FrameLink
