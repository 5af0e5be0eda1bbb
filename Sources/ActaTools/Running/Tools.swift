/// All tools that `acta` has.
package enum Tools {
  package static let all: [any Tool.Type] = [
    TopicsTool.self, ConsoleProducerTool.self, ConsoleConsumerTool.self,
    ConsumerGroupsTool.self, GroupsTool.self, ConfigsTool.self, ACLsTool.self,
    GetOffsetsTool.self, DeleteRecordsTool.self, LogDirsTool.self,
    ClusterTool.self, BrokerAPIVersionsTool.self, TransactionsTool.self, FeaturesTool.self,
    StorageTool.self, ServerStartTool.self, ServerStopTool.self,
    ProducerPerfTool.self, ConsumerPerfTool.self,
    VerifiableProducerTool.self, VerifiableConsumerTool.self,
    DumpLogTool.self, CheckTool.self, BackupTool.self, BranchTool.self,
    SQLTool.self, FindTool.self, TailTool.self, AuditTool.self, DoctorTool.self,
    CompletionsTool.self,
  ]

  /// The tool that the words name, and the words that are for it; `help topics` is `topics --help`.
  package static func selection(
    _ words: [String]
  ) -> (tool: any Tool.Type, words: [String])? {
    guard let first = words.first else { return nil }
    if first == "help", words.count == 2 { return named(words[1]).map { ($0, ["--help"]) } }
    return named(first).map { ($0, Array(words.dropFirst())) }
  }

  private static func named(_ name: String) -> (any Tool.Type)? { all.first { $0.name == name } }
}
