import ActaClient
import Arguments

extension ConsumerGroupsTool {
  func reset(_ admin: Admin, _ console: Console) async throws {
    let ids = try await groups(admin)
    let states = try await states(of: ids, admin)
    let streams = try await streamsGroups(admin)
    let remarks = invocation.isForProgram ? console.aside : console
    var reset = OffsetReset(invocation, admin, remarks)
    var plans = ResetPlans()
    for id in ids {
      if streams.contains(id) {
        Self.printError(
          "Group '\(id)' is a streams group. Use kafka-streams-groups.sh to reset its offsets.",
          to: remarks)
        plans.append(id, [:])
      } else if let state = states[id], state != .empty, state != .dead {
        Self.printError(
          "Assignments can only be reset if the group '\(id)' is inactive, but the current state is "
            + "\(state.rawValue).", to: remarks)
        plans.append(id, [:])
      } else {
        plans.append(id, try await reset.run(id))
      }
    }
    write(plans, console)
  }

  private func write(_ plans: ResetPlans, _ console: Console) {
    if invocation[Options.export] {
      console.output.write(plans.csv(namesGroups: invocation[Options.group].count != 1))
      if plans.hasPartitionsWithoutOffset {
        console.errors.write("WARN: Partitions that are to have no offset are not exported.\n")
      }
    } else if invocation[OutputFormat.option] == .json {
      console.writeJSON(plans.json)
    } else {
      console.output.write(plans.table)
    }
  }

  /// Those of groups that there are.
  private func states(of ids: [String], _ admin: Admin) async throws -> [String: GroupState] {
    try await JavaFailure.Wrapping.runtime.telling {
      var states: [String: GroupState] = [:]
      for piece in ids.pieces(of: Self.groupsPerRequest) {
        for (id, result) in try await admin.describeGroups(piece) {
          if case .failure(let error) = result, error.code == Self.groupIDNotFound { continue }
          states[id] = try result.get().state
        }
      }
      return states
    }
  }

  private static let groupIDNotFound: Int16 = 69

  /// None where the broker has no such groups.
  private func streamsGroups(_ admin: Admin) async throws -> Set<String> {
    do {
      return Set(try await admin.listGroups(types: [.streams]).map(\.groupID))
    } catch  where error.exception == "org.apache.kafka.common.errors.UnsupportedVersionException" {
      return []
    } catch {
      throw JavaFailure(error, in: .runtime)
    }
  }
}
