/// One event on its way through the coordinator: when it happens, by which rules, and what it has
/// led to so far.
struct Turn {
  let now: Instant
  let settings: GroupSettings
  var effects = Effects()

  init(at now: Instant, settings: GroupSettings) {
    self.now = now
    self.settings = settings
  }
}
