import Transport

/// A connection's dealings with the memory budget.
extension ConnectionHandler {
  /// Brings what is charged to what is held.
  func charge() {
    let heldBytes = state.heldBytes + frames.partialBytes
    let responseBytes = state.responseBytes
    if heldBytes == chargedBytes, responseBytes == chargedResponseBytes { return }
    services.budget.charge(
      heldBytes - chargedBytes, responseBytes: responseBytes - chargedResponseBytes)
    chargedBytes = heldBytes
    chargedResponseBytes = responseBytes
  }

  /// Stops taking more while memory is short, unless this connection has the overdraft.
  func considerMemory() {
    if hasOverdraft, !needsOverdraft { returnOverdraft() }
    guard state.isOpen, !state.isHeldBack, !hasOverdraft, services.budget.isExhausted else {
      return
    }
    if takeOverdraft() { return }
    state.isHeldBack = true
    loop.waitForMemory(self)
  }

  /// Goes on if memory allows, and says whether it did.
  func goesOn() -> Bool {
    guard !state.isOpen || services.budget.hasRecovered || takeOverdraft() else { return false }
    state.isHeldBack = false
    pump()
    return true
  }

  func returnOverdraft() {
    if !hasOverdraft { return }
    hasOverdraft = false
    services.budget.returnOverdraft()
  }

  private func takeOverdraft() -> Bool {
    hasOverdraft = needsOverdraft && services.budget.takeOverdraft()
    return hasOverdraft
  }

  /// Whether a half-read frame or a request held back could go on here, so that the overdraft would
  /// lead to memory being freed.
  private var needsOverdraft: Bool {
    state.hasRoom && (frames.hasPartialFrame || state.isReadyToStart)
  }
}
