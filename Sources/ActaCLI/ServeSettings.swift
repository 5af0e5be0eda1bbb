import Arguments
package import KafkaConfig

/// What a server is started with.
package struct ServeSettings: Sendable {
  package let config: BrokerConfig
  /// The database file.
  package let dataPath: String
  /// Sentences to log at INFO: settings that were accepted and have no effect.
  package let notices: [String]
  /// Sentences to log at WARN.
  package let warnings: [String]
}

extension ServeArguments {
  /// Joins the arguments with what the process was given besides.
  ///
  /// - Parameters:
  ///   - environment: All variables; those that begin with `KAFKA_` count.
  ///   - fileText: The content of the file that `--config` names.
  ///   - hostName: What clients are told where no advertised host is set.
  package func settings(
    environment: [String: String], fileText: String?, hostName: String
  ) throws(ConfigError) -> ServeSettings {
    let layers = try ConfigLayers(
      file: JavaProperties.parse(fileText ?? ""), environment: environment,
      commandLine: commandLineSettings)
    let config = try BrokerConfig(layers, hostName: hostName)
    return ServeSettings(
      config: config, dataPath: dataPath(config), notices: layers.notices,
      warnings: config.warnings)
  }

  /// The flags last: one that was spelled out beats an override of the same key.
  private var commandLineSettings: [ConfigLayers.Setting] {
    var settings = overrides.map {
      ConfigLayers.Setting($0.key, $0.value, from: .commandLine(flag: "--override"))
    }
    let flags = [("listeners", listeners), ("advertised.listeners", advertisedListeners)]
    for case (let key, let value?) in flags {
      let flag = key == "listeners" ? "--listeners" : "--advertised-listeners"
      settings.append(ConfigLayers.Setting(key, value, from: .commandLine(flag: flag)))
    }
    return settings
  }

  private func dataPath(_ config: BrokerConfig) -> String {
    let fileName = "acta.db"
    if let data { return data }
    guard let directory = config.logDirectory, !directory.isEmpty else { return fileName }
    return directory.hasSuffix("/") ? directory + fileName : "\(directory)/\(fileName)"
  }
}
