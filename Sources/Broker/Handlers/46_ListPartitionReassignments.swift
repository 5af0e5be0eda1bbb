import ActaModel
import KafkaWire

/// ListPartitionReassignments, version 0: nothing is being moved.
///
/// Rights: DESCRIBE of the cluster.
struct ListPartitionReassignmentsHandler: Handler {
  func handle(
    _ request: ListPartitionReassignmentsRequest, _ context: RequestContext,
    respond: @escaping @Sendable (Outcome<ListPartitionReassignmentsResponse>) -> Void
  ) {
    var response = ListPartitionReassignmentsResponse()
    if !context.session.authorize(.describe, .cluster) {
      let refusal = context.session.refusal(of: .describe, .cluster)
      response.errorCode = refusal.code
      response.errorMessage = refusal.message
    }
    respond(.response(response))
  }
}
