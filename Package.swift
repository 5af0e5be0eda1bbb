// swift-tools-version: 6.1
import PackageDescription

let settings: [SwiftSetting] = [.swiftLanguageMode(.v6)]

let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let nioLocks: Target.Dependency = .product(name: "NIOConcurrencyHelpers", package: "swift-nio")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let arguments: Target.Dependency = .product(
  name: "ArgumentParser", package: "swift-argument-parser")

// What each module may import is in Sources/ARCHITECTURE.md; tools/check-imports holds it to that.
let package = Package(
  name: "acta",
  products: [
    .executable(name: "acta", targets: ["acta"])
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
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
    .systemLibrary(name: "CMalloc"),
    // Debian's libre2-dev; a shim, since RE2 itself is C++.
    .target(name: "CRE2", linkerSettings: [.linkedLibrary("re2")]),
    .target(name: "CCRC32C"),

    // The log.
    .target(name: "ActaModel", swiftSettings: settings),
    .target(
      name: "BatchCodec",
      dependencies: ["ActaModel", "CCRC32C", "CZlib", "CZstd", "CLZ4", "CSnappy"],
      swiftSettings: settings),
    .target(
      name: "LogStorage", dependencies: ["ActaModel", "BatchCodec"], swiftSettings: settings),

    // The log on SQLite.
    .target(name: "SQLite", dependencies: ["CSQLite"], swiftSettings: settings),
    .target(name: "Migrations", resources: [.embedInCode("sql")], swiftSettings: settings),
    .target(
      name: "SQLiteLogStorage",
      dependencies: ["ActaModel", "BatchCodec", "LogStorage", "Migrations", "SQLite", "CSQLite"],
      swiftSettings: settings),

    // Groups.
    .target(name: "Coordinators", dependencies: ["ActaModel"], swiftSettings: settings),

    // The broker.
    .target(name: "KafkaWire", dependencies: ["ActaModel", nioCore], swiftSettings: settings),
    .target(name: "KafkaConfig", dependencies: ["ActaModel"], swiftSettings: settings),
    .target(
      name: "Broker",
      dependencies: [
        "KafkaWire", "BatchCodec", "LogStorage", "Coordinators", "KafkaConfig", "ActaModel",
        "CRE2", nioCore,
      ], swiftSettings: settings),
    .target(
      name: "BrokerServer", dependencies: ["Broker", "ActaModel", nioCore, nioPosix, logging],
      swiftSettings: settings),

    // The program.
    .target(
      name: "ActaCLI", dependencies: ["KafkaConfig", arguments, logging], swiftSettings: settings),
    .executableTarget(
      name: "acta",
      dependencies: [
        "ActaCLI", "Broker", "BrokerServer", "CMalloc", "KafkaConfig", "LogStorage", "SQLite",
        "SQLiteLogStorage", arguments, logging, nioLocks,
      ], swiftSettings: settings),

    // Built by tools/bench only.
    .executableTarget(
      name: "ActaStorageBench",
      dependencies: ["ActaModel", "BatchCodec", "LogStorage", "SQLiteLogStorage"],
      path: "tools/bench.d/storage", swiftSettings: settings),

    // Tests.
    .testTarget(
      name: "BatchCodecTests",
      dependencies: ["ActaModel", "BatchCodec", "CCRC32C", "CLZ4", "CZstd"],
      resources: [.copy("Fixtures")], swiftSettings: settings),
    .testTarget(
      name: "KafkaWireTests", dependencies: ["KafkaWire", "ActaModel", nioCore],
      resources: [.copy("Fixtures")], swiftSettings: settings),
    .testTarget(
      name: "KafkaConfigTests", dependencies: ["KafkaConfig"], resources: [.copy("Fixtures")],
      swiftSettings: settings),
    .testTarget(
      name: "ActaCLITests", dependencies: ["ActaCLI", "KafkaConfig", arguments, logging],
      swiftSettings: settings),
    .target(name: "CRecordingVFS", dependencies: ["CSQLite"], path: "Tests/CRecordingVFS"),
    .testTarget(name: "SQLiteTests", dependencies: ["CSQLite", "SQLite"], swiftSettings: settings),
    .testTarget(
      name: "SQLiteLogStorageTests",
      dependencies: [
        "ActaModel", "BatchCodec", "CRecordingVFS", "CSQLite", "LogStorage", "Migrations",
        "SQLite", "SQLiteLogStorage",
      ], swiftSettings: settings),
    .testTarget(
      name: "CoordinatorsTests", dependencies: ["Coordinators", "ActaModel"],
      swiftSettings: settings),
    .testTarget(
      name: "BrokerTests",
      dependencies: [
        "Broker", "ActaModel", "BatchCodec", "Coordinators", "KafkaConfig", "KafkaWire",
        "LogStorage", "SQLite", "SQLiteLogStorage", nioCore,
      ], swiftSettings: settings),
    .testTarget(
      name: "BrokerServerTests",
      dependencies: ["BrokerServer", "Broker", nioCore, nioPosix, logging],
      swiftSettings: settings),
  ]
)
