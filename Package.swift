// swift-tools-version: 6.1
import PackageDescription

let settings: [SwiftSetting] = [.swiftLanguageMode(.v6)]

let package = Package(
  name: "acta",
  dependencies: [
    .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2")
  ],
  targets: [
    .target(name: "ActaModel", swiftSettings: settings),
    .target(name: "BatchCodec", dependencies: ["ActaModel"], swiftSettings: settings),
    .target(
      name: "LogStorage", dependencies: ["ActaModel", "BatchCodec"], swiftSettings: settings),
    .target(
      name: "KafkaWire",
      dependencies: ["ActaModel", .product(name: "NIOCore", package: "swift-nio")],
      swiftSettings: settings),
    .testTarget(
      name: "KafkaWireTests",
      dependencies: ["KafkaWire", "ActaModel", .product(name: "NIOCore", package: "swift-nio")],
      resources: [.copy("Fixtures")], swiftSettings: settings),
  ]
)
