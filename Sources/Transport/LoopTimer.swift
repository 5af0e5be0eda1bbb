import CUV

/// Something that a loop does once, at a certain time. Only the loop's thread touches it.
package final class LoopTimer: LoopResident {
  private var timer: UVHandle<uv_timer_t, LoopTimer>?
  private var body: (() -> Void)?

  /// After the loop's stop nothing is set.
  init(on loop: EventLoop, afterMilliseconds milliseconds: Int64, _ body: @escaping () -> Void) {
    super.init()
    if loop.isStopped { return }
    self.body = body
    let uv = loop.uv
    let timer = UVHandle(owner: self) { uv_timer_init(uv, $0) }
    self.timer = timer
    // The loop's idea of now is as old as this tick.
    uv_update_time(uv)
    uvCheck(
      uv_timer_start(
        timer.raw, { resident(of: $0, as: LoopTimer.self).ring() }, UInt64(max(0, milliseconds)),
        0))
  }

  /// Does nothing once it has rung.
  package func cancel() {
    timer?.close()
    timer = nil
    body = nil
  }

  private func ring() {
    let body = body
    cancel()
    body?()
  }

  override func loopStops() { cancel() }
}
