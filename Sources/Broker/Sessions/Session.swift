import ActaModel
import Coordination
import KafkaWire

/// Who a request is from and what it may do: a value made before the request is dispatched, from its
/// header and from what its connection knows.
///
/// Handlers ask it for every right of theirs that `AccessTable` has. What a topic, a group or the
/// cluster holds must not be told to a client without the right to it, not even whether it exists: a
/// handler asks before it looks.
struct Session: Sendable {
  let api: APIKey
  /// The listener that the client came in on.
  let listener: String
  /// `/127.0.0.1`
  let clientAddress: String
  /// What the client calls itself; empty when the request does not say.
  let clientID: String
  let software: ClientSoftware?
  let principal: Principal
  private let authorizer: any Authorizer

  init(
    _ api: APIKey, clientID: String, on connection: ConnectionContext, authorizer: any Authorizer
  ) {
    let known = connection.identity.known
    self.api = api
    listener = connection.listenerName
    clientAddress = connection.clientAddress
    self.clientID = clientID
    software = known.software
    principal = known.principal
    self.authorizer = authorizer
  }

  // MARK: Rights

  func authorize(_ operation: Operation, _ resource: Resource) -> Bool {
    ask(operation, .one(resource), isQuiet: false)
  }

  /// As `authorize`, where a refusal only leaves something out, or a narrower right is asked next.
  func authorizeQuietly(_ operation: Operation, _ resource: Resource) -> Bool {
    ask(operation, .one(resource), isQuiet: true)
  }

  /// Asks whether there could be a resource of the kind that the session has the right to.
  func require(_ operation: Operation, any kind: Resource.Kind) throws(ProtocolError) {
    guard !ask(operation, .any(kind), isQuiet: false) else { return }
    throw ProtocolError(
      rule(for: operation, kind).code,
      "\(principal) is not allowed to \(operation.name) any \(kind).")
  }

  /// - Parameter isNamed: The client has named the resource itself. Otherwise (it gave an id) the
  ///   refusal must not tell its name.
  func require(
    _ operation: Operation, _ resource: Resource, isNamed: Bool = true
  ) throws(ProtocolError) {
    guard !authorize(operation, resource) else { return }
    throw refusal(of: operation, resource, isNamed: isNamed)
  }

  func refusal(
    of operation: Operation, _ resource: Resource, isNamed: Bool = true
  ) -> ProtocolError {
    let code = rule(for: operation, resource.kind).code
    return ProtocolError(
      code, "\(principal) is not allowed to \(operation.name) \(Self.words(resource, isNamed)).")
  }

  private static func words(_ resource: Resource, _ isNamed: Bool) -> String {
    switch resource.kind {
    case .cluster: "the cluster"
    case .topic: isNamed ? "topic \(resource.name)" : "the topic"
    case .group: "group \(resource.name)"
    case .transactionalID: "transactional id \(resource.name)"
    }
  }

  private func ask(
    _ operation: Operation, _ subject: AccessQuestion.Subject, isQuiet: Bool
  ) -> Bool {
    precondition(
      rule(for: operation, subject.kind).isAsked(quietly: isQuiet),
      "\(api) asks \(operation.name) of a \(subject.kind) in another manner than its table says")
    return decide(operation, subject, isQuiet: isQuiet)
  }

  private func rule(for operation: Operation, _ kind: Resource.Kind) -> AccessRule {
    let rules = AccessTable.rules(of: api)
    guard let rule = rules.first(where: { $0.operation == operation && $0.kind == kind }) else {
      preconditionFailure("\(api) asks \(operation.name) of a \(kind), which is in no table")
    }
    return rule
  }

  private func decide(
    _ operation: Operation, _ subject: AccessQuestion.Subject, isQuiet: Bool
  ) -> Bool {
    authorizer.allows(
      AccessQuestion(
        principal: principal, clientAddress: clientAddress, api: api, operation: operation,
        subject: subject, isQuiet: isQuiet))
  }

  /// What the client may do to a resource, one bit for each operation that the resource knows.
  func authorizedOperations(on resource: Resource) -> Int32 {
    AccessTable.operations(of: resource.kind).reduce(0) { bits, operation in
      decide(operation, .one(resource), isQuiet: true) ? bits | 1 << operation.rawValue : bits
    }
  }

  // MARK: For the audit trail

  var attribution: Attribution {
    Attribution(
      principal: principal.description, software: software?.name,
      softwareVersion: software?.version)
  }

  func author(_ source: ConfigAuthor.Source) -> ConfigAuthor {
    ConfigAuthor(
      source, clientID: clientID, clientHost: clientAddress, attribution: attribution)
  }

  /// As one who is no member of the group.
  func committer(_ source: CommitSource) -> Committer {
    Committer(
      clientID: clientID, clientHost: clientAddress, attribution: attribution, source: source)
  }

  /// Of what DeleteRecords takes from those who have not read it.
  var trimAuthor: TrimAuthor {
    TrimAuthor(
      cause: .deleteRecords, clientID: clientID, clientHost: clientAddress,
      attribution: attribution)
  }

  var client: ClientIdentity {
    ClientIdentity(clientID: clientID, clientHost: clientAddress, attribution: attribution)
  }
}

extension AccessQuestion.Subject {
  var kind: Resource.Kind {
    switch self {
    case .one(let resource): resource.kind
    case .any(let kind): kind
    }
  }
}
