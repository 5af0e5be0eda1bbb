import ActaModel
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

  /// The answer's elements. What no longer fits is said in its place, and is done all the same.
  var answers: [AlterConfigsResponse.Resource] {
    var room = AnswerRoom()
    return zip(alterations, errors).map { alteration, error in
      var answer = AlterConfigsResponse.Resource()
      answer.errorCode = error?.code ?? .none
      answer.errorMessage = room.take(Self.size(alteration, error)) ? error?.message : nil
      answer.resourceType = alteration.kind
      answer.resourceName = alteration.name
      return answer
    }
  }

  private static func size(_ alteration: ConfigAlteration, _ error: ProtocolError?) -> Int {
    AnswerSize.element + AnswerSize.text(alteration.name) + AnswerSize.text(error?.message)
  }
}
