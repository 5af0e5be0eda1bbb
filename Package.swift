// swift-tools-version: 6.1
import PackageDescription

let settings: [SwiftSetting] = [.swiftLanguageMode(.v6)]

let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let arguments: Target.Dependency = .product(
  name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
  name: "acta",
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
  ],
  targets: [
    // C libraries, from Debian's packages.
    .systemLibrary(
      name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
    .systemLibrary(name: "CLZ4", pkgConfig: "liblz4", providers: [.apt(["liblz4-dev"])]),
    .systemLibrary(name: "CSnappy", pkgConfig: "snappy", providers: [.apt(["libsnappy-dev"])]),
    .target(name: "CCRC32C"),

    // The log.
    .target(name: "ActaModel", swiftSettings: settings),
    .target(name: "KafkaConfig", swiftSettings: settings),
    .target(
      name: "ActaCLI", dependencies: ["KafkaConfig", arguments, logging], swiftSettings: settings),
    .testTarget(
      name: "KafkaConfigTests", dependencies: ["KafkaConfig"],
      resources: [.copy("Fixtures")], swiftSettings: settings),
    .testTarget(
      name: "ActaCLITests", dependencies: ["ActaCLI", "KafkaConfig", arguments, logging],
      swiftSettings: settings),
  ]
)
