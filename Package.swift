// swift-tools-version: 6.1
import PackageDescription

let settings: [SwiftSetting] = [.swiftLanguageMode(.v6)]

let package = Package(
  name: "acta",
  targets: [
    .target(name: "ActaModel", swiftSettings: settings),
    .target(name: "BatchCodec", dependencies: ["ActaModel"], swiftSettings: settings),
    .target(name: "LogStorage", dependencies: ["ActaModel", "BatchCodec"], swiftSettings: settings),
  ]
)
