import KafkaWire

/// What came of each alteration of a request, within the room that there is for an answer.
struct AlteredConfigs: Sendable {
  private let alterations: [ConfigAlteration]
  private let errors: [ProtocolError?]

  init(_ alterations: [ConfigAlteration], _ errors: [ProtocolError?]) {
    precondition(alterations.count == errors.count, "each alteration is answered")
    self.alterations = alterations
    self.errors = errors
  }

  /// What the answer takes at most.
  var bytes: Int {
    zip(alterations, errors).reduce(0) { $0 + Self.size($1.0, $1.1) }
  }

  /// What no longer fits is said in its place, and is done all the same.
  func fitting<Answer>(_ make: (ConfigAlteration, ProtocolError?) -> Answer) -> [Answer] {
    var room = AnswerRoom()
    return zip(alterations, errors).map { alteration, error in
      room.take(Self.size(alteration, error))
        ? make(alteration, error) : make(alteration, error.map { ProtocolError($0.code) })
    }
  }

  private static func size(_ alteration: ConfigAlteration, _ error: ProtocolError?) -> Int {
    AnswerSize.element + AnswerSize.text(alteration.name) + AnswerSize.text(error?.message)
  }
}
