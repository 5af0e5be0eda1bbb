// swift-tools-version: 6.1
import PackageDescription

let settings: [SwiftSetting] = [.swiftLanguageMode(.v6)]

let package = Package(
  name: "acta",
  targets: [
    .target(name: "ActaModel", swiftSettings: settings),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
    .systemLibrary(name: "CLZ4", pkgConfig: "liblz4", providers: [.apt(["liblz4-dev"])]),
    .systemLibrary(name: "CSnappy", pkgConfig: "snappy", providers: [.apt(["libsnappy-dev"])]),
    .systemLibrary(
      name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
    .target(name: "CCRC32C"),
    .target(
      name: "BatchCodec",
      dependencies: ["ActaModel", "CCRC32C", "CZlib", "CZstd", "CLZ4", "CSnappy"],
      swiftSettings: settings),
    .target(name: "LogStorage", dependencies: ["ActaModel", "BatchCodec"], swiftSettings: settings),
    .target(name: "SQLite", dependencies: ["CSQLite"], swiftSettings: settings),
    .target(
      name: "Migrations", resources: [.embedInCode("sql")], swiftSettings: settings),
    .target(
      name: "SQLiteLogStorage",
      dependencies: [
        "ActaModel", "BatchCodec", "CSQLite", "LogStorage", "Migrations", "SQLite",
      ], swiftSettings: settings),
    .testTarget(
      name: "BatchCodecTests",
      dependencies: ["ActaModel", "BatchCodec", "CCRC32C", "CLZ4", "CZstd"],
      resources: [.copy("Fixtures")], swiftSettings: settings),
    .target(name: "CRecordingVFS", dependencies: ["CSQLite"], path: "Tests/CRecordingVFS"),
    .testTarget(name: "SQLiteTests", dependencies: ["CSQLite", "SQLite"], swiftSettings: settings),
    .testTarget(
      name: "SQLiteLogStorageTests",
      dependencies: [
        "ActaModel", "BatchCodec", "CRecordingVFS", "CSQLite", "LogStorage", "Migrations",
        "SQLite", "SQLiteLogStorage",
      ], swiftSettings: settings),
  ]
)
