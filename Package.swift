// swift-tools-version: 6.1
import PackageDescription

let settings: [SwiftSetting] = [.swiftLanguageMode(.v6)]

let package = Package(
  name: "acta",
  targets: [
    .target(name: "ActaModel", swiftSettings: settings),
    .target(name: "BatchCodec", dependencies: ["ActaModel"], swiftSettings: settings),
    .target(name: "LogStorage", dependencies: ["ActaModel", "BatchCodec"], swiftSettings: settings),
    .systemLibrary(
      name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
    .target(name: "SQLite", dependencies: ["CSQLite"], swiftSettings: settings),
    .target(
      name: "Migrations", resources: [.embedInCode("sql")], swiftSettings: settings),
    .target(
      name: "SQLiteLogStorage",
      dependencies: [
        "ActaModel", "BatchCodec", "CSQLite", "LogStorage", "Migrations", "SQLite",
      ], swiftSettings: settings),
    .testTarget(name: "SQLiteTests", dependencies: ["CSQLite", "SQLite"], swiftSettings: settings),
    .testTarget(
      name: "SQLiteLogStorageTests",
      dependencies: [
        "ActaModel", "BatchCodec", "CSQLite", "LogStorage", "Migrations", "SQLite",
        "SQLiteLogStorage",
      ], swiftSettings: settings),
  ]
)
