import ActaModel
import KafkaConfig
import LogStorage

/// Changes configurations, for the two APIs that do. A resource is changed as a whole or not at all,
/// and independently of its neighbours.
///
/// What is set is read, changed and written in one turn of the log, so that two who append to one list
/// both find what they have appended. It is in force when the answer leaves.
struct ConfigAlterer: Sendable {
  let broker: Broker
  let session: Session
  let author: ConfigAuthor
  let isOnlyAsked: Bool

  /// As many changes as Kafka takes in one request.
  private static let maxChanges = 10_000
  /// Groups, or subscriptions, that may have a configuration of their own.
  private static let maxEntities = 20_000

  private struct Target: Sendable {
    let entity: ConfigEntity
    let alteration: ConfigAlteration
  }

  private enum Checked: Sendable {
    case refused(ProtocolError)
    /// A change of log levels, which is made already.
    case done
    case target(Target)
  }

  /// One error, or none, for each, in order.
  func alter(
    _ alterations: [ConfigAlteration],
    completion: @escaping @Sendable ([ProtocolError?]) -> Void
  ) {
    let changes = alterations.reduce(alterations.count) { $0 + $1.steps.count }
    if changes > Self.maxChanges {
      let error = ProtocolError(
        .policyViolation, "Unable to perform excessively large batch operation.")
      return completion(alterations.map { _ in error })
    }
    let distinct = Distinct(alterations.map(\.key))
    let rules = ConfigRules(config: broker.config)
    let checked = zip(alterations, distinct.places).map { alteration, place in
      distinct.counts[place] > 1
        ? Checked.refused(
          ProtocolError(.invalidRequest, "Each resource must appear at most once."))
        : check(alteration, rules)
    }
    write(checked, rules, completion)
  }

  private func check(_ alteration: ConfigAlteration, _ rules: ConfigRules) -> Checked {
    do throws(ProtocolError) {
      guard let kind = ConfigResourceKind(rawValue: alteration.kind),
        kind != .brokerLogger || !alteration.replacesAll
      else {
        throw ProtocolError(.invalidRequest, "Unknown resource type \(alteration.kind)")
      }
      try session.require(.alterConfigs, kind.resource(named: alteration.name))
      try alteration.checkForm()
      if kind == .brokerLogger {
        try broker.logLevels.alter(alteration, node: broker.config.nodeID, isOnlyAsked: isOnlyAsked)
        return .done
      }
      let entity = try rules.entity(kind, alteration.name)
      try checkRoom(for: entity)
      return .target(Target(entity: entity, alteration: alteration))
    } catch {
      return .refused(error)
    }
  }

  /// Whoever names what does not exist must not fill the memory with it.
  private func checkRoom(for entity: ConfigEntity) throws(ProtocolError) {
    guard entity.kind == .group || entity.kind == .clientMetrics else { return }
    let overrides = broker.storage.configOverrides()
    if overrides[entity].isEmpty, overrides.count(of: entity.kind) >= Self.maxEntities {
      throw ProtocolError(
        .policyViolation,
        "This broker holds no more configurations of this kind than \(Self.maxEntities).")
    }
  }

  private func write(
    _ checked: [Checked], _ rules: ConfigRules,
    _ completion: @escaping @Sendable ([ProtocolError?]) -> Void
  ) {
    let hasTargets = checked.contains { if case .target = $0 { true } else { false } }
    guard hasTargets else {
      return completion(checked.map { if case .refused(let error) = $0 { error } else { nil } })
    }
    broker.storage.turn(
      { turn in
        let errors = try checked.map { one -> ProtocolError? in
          switch one {
          case .refused(let error): error
          case .done: nil
          case .target(let target): try alter(target, rules, in: turn)
          }
        }
        return { completion(errors) }
      },
      refuse: { error in
        completion(
          checked.map { one in
            switch one {
            case .refused(let error): error
            case .done: nil
            case .target(let target): ProtocolError(error, about: target.entity.name)
            }
          })
      })
  }

  private func alter(
    _ target: Target, _ rules: ConfigRules, in turn: any LogTurn
  ) throws -> ProtocolError? {
    let entity = target.entity
    let present = turn.overrides(of: entity)
    let result: [String: String]
    do throws(ProtocolError) {
      result = try target.alteration.result(from: present ?? [:], rules.keys(of: entity.kind))
      try rules.check(result, of: entity) { turn.overrides(of: $0) ?? [:] }
    } catch {
      return error
    }
    // Kafka looks at the values first.
    let unknown = ProtocolError(
      .unknownTopicOrPartition, "The topic '\(entity.name)' does not exist.")
    if present == nil { return unknown }
    if isOnlyAsked { return nil }
    if case .failure(let error) = try turn.configure(entity, as: result, by: author) {
      return error == .unknownTopic ? unknown : ProtocolError(error, about: entity.name)
    }
    return nil
  }
}
