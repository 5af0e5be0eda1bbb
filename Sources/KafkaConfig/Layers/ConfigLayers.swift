/// The layers that give a broker's key its value: the command line beats the environment, which
/// beats the file, which beats the defaults.
///
/// An unknown key is an error that names the nearest known one; a typing error must not pass for a
/// setting. Two kinds are let through with a notice instead: keys of Kafka that mean nothing here
/// (`ToleratedKeys`), and unknown ones from the environment, because Kafka's images make a key of
/// every `KAFKA_` variable, and orchestrators set such variables of their own accord.
package struct ConfigLayers: Sendable {
  package struct Setting: Hashable, Sendable {
    package let name: String
    package let value: String
    package let origin: ConfigOrigin

    package init(_ name: String, _ value: String, from origin: ConfigOrigin) {
      self.name = name
      self.value = value
      self.origin = origin
    }
  }

  /// What is set, by the name of its key; only keys of `ConfigKeys.broker`.
  package private(set) var settings: [String: Setting] = [:]
  /// Sentences for the log: what was accepted and has no effect.
  package private(set) var notices: [String] = []

  /// - Parameter commandLine: In rising precedence.
  package init(
    file: [JavaProperties.Property] = [], environment: [String: String] = [:],
    commandLine: [Setting] = []
  ) throws(ConfigError) {
    var ignored: Set<String> = []
    let lower = file.map { Setting($0.key, $0.value, from: .file(line: $0.line)) }
    for setting in lower + commandLine {
      try Self.checkKnown(setting)
      if ConfigKeys.brokerByName[setting.name] == nil { ignored.insert(setting.name) }
    }
    let middle = Self.settings(of: environment, besides: lower, ignored: &ignored)
    for setting in lower + middle.settings + commandLine
    where ConfigKeys.brokerByName[setting.name] != nil {
      settings[setting.name] = setting
    }
    if !ignored.isEmpty {
      notices.append("ignored: \(ignored.sorted().joined(separator: ", "))")
    }
    notices += middle.unknown.map {
      "ignored: \($0.name), which \($0.origin) sets, is not a known configuration"
    }
  }

  private static func checkKnown(_ setting: Setting) throws(ConfigError) {
    let name = setting.name
    if ConfigKeys.brokerByName[name] != nil || ToleratedKeys.contains(name) { return }
    throw .unknownKey(name, origin: setting.origin, nearest: NearestKey.suggestion(for: name))
  }

  private static func settings(
    of environment: [String: String], besides file: [Setting], ignored: inout Set<String>
  ) -> (settings: [Setting], unknown: [Setting]) {
    var settings: [Setting] = []
    var unknown: [Setting] = []
    for (variable, value) in environment.sorted(by: { $0.key < $1.key }) {
      guard let key = EnvironmentSettings.key(for: variable) else { continue }
      let setting = Setting(key, value, from: .environment(variable: variable))
      if ConfigKeys.brokerByName[key] != nil {
        // Compose files pass variables on that are not set; an empty list of listeners is no list.
        if key != "listeners" || !value.trimmingBlanks().isEmpty { settings.append(setting) }
      } else if ToleratedKeys.contains(key) {
        ignored.insert(key)
      } else {
        unknown.append(setting)
      }
    }
    if let listeners = impliedListeners(settings, file: file) { settings.append(listeners) }
    return (settings, unknown)
  }

  /// As in Kafka's image: advertised addresses without listeners mean the same ports on every
  /// interface.
  private static func impliedListeners(_ settings: [Setting], file: [Setting]) -> Setting? {
    guard !(settings + file).contains(where: { $0.name == "listeners" }),
      let advertised = settings.last(where: { $0.name == "advertised.listeners" })
    else { return nil }
    let elements = advertised.value.split(separator: ",").map { element -> String in
      let text = String(element).trimmingBlanks()
      // What cannot be read is left as it is, and refused where listeners are read.
      guard let address = ListenerAddress(text) else { return text }
      return "\(address.name)://0.0.0.0:\(address.port)"
    }
    guard !elements.isEmpty else { return nil }
    return Setting("listeners", elements.joined(separator: ","), from: advertised.origin)
  }
}
