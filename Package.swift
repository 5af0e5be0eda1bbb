// swift-tools-version: 6.2
import PackageDescription

// Warnings are errors where the code is worked on and tested; who only builds a program with another
// compiler than ours is not stopped by what that one has learnt to say.
let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .treatAllWarnings(as: .error, .when(configuration: .debug)),
]

// What each module may import is in Sources/ARCHITECTURE.md; tools/check-imports holds it to that.
let package = Package(
  name: "acta",
  products: [
    .executable(name: "acta", targets: ["acta"]),
    // A whole broker in a program of somebody else's.
    .library(name: "ActaNode", targets: ["ActaNode"]),
    // Kafka's producer, consumer and administrator in Swift.
    .library(name: "ActaClient", targets: ["ActaClient"]),
    // Both in one program, without sockets.
    .library(name: "ActaEmbedded", targets: ["ActaEmbedded"]),
  ],
  targets: [
    // C libraries, from Debian's packages.
    .systemLibrary(
      name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
    .systemLibrary(name: "CLZ4", pkgConfig: "liblz4", providers: [.apt(["liblz4-dev"])]),
    .systemLibrary(name: "CSnappy", pkgConfig: "snappy", providers: [.apt(["libsnappy-dev"])]),
    .systemLibrary(name: "CUV", pkgConfig: "libuv", providers: [.apt(["libuv1-dev"])]),
    .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
    // What Swift's Glibc module leaves out of the C library.
    .systemLibrary(name: "CGlibc"),
    // Debian's libre2-dev; a shim, since RE2 itself is C++.
    .target(name: "CRE2", linkerSettings: [.linkedLibrary("re2")]),
    .target(name: "CCRC32C"),
    // A layer under SQLite, where C is what one writes.
    .target(name: "CGatheringVFS", dependencies: ["CSQLite"]),

    // What everything else stands on.
    .target(name: "Bytes", swiftSettings: settings),
    .target(name: "Threads", swiftSettings: settings),
    .target(name: "Counters", swiftSettings: settings),
    .target(name: "Logging", swiftSettings: settings),
    .target(name: "Arguments", dependencies: ["CGlibc"], swiftSettings: settings),
    .target(
      name: "Transport", dependencies: ["Bytes", "Threads", "CUV", "CGlibc"],
      swiftSettings: settings),

    // Who is at the other end.
    .target(name: "TLS", dependencies: ["Bytes", "COpenSSL"], swiftSettings: settings),
    .target(name: "SASL", dependencies: ["Bytes", "COpenSSL"], swiftSettings: settings),
    .target(
      name: "SecureTransport", dependencies: ["Bytes", "TLS", "Transport"],
      swiftSettings: settings),

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
      name: "LogEngine",
      dependencies: [
        "ActaModel", "BatchCodec", "Coordination", "Counters", "LogStorage", "Threads",
      ],
      exclude: ["DURABILITY.md"], swiftSettings: settings),
    .target(
      name: "SQLiteStore",
      dependencies: [
        "ActaModel", "BatchCodec", "Bytes", "CGatheringVFS", "CGlibc", "CSQLite", "LogStorage",
        "Migrations", "SQLite", "Threads",
      ], swiftSettings: settings),
    .target(
      name: "SQLiteLog", dependencies: ["LogEngine", "LogStorage", "Migrations", "SQLiteStore"],
      swiftSettings: settings),

    // What works on a log's file, with or without a broker.
    .target(
      name: "FileTools",
      dependencies: [
        "ActaModel", "BatchCodec", "Bytes", "Coordination", "SQLite", "SQLiteStore", "Threads",
      ],
      swiftSettings: settings),

    // Groups.
    .target(
      name: "Coordination", dependencies: ["ActaModel", "BatchCodec"], swiftSettings: settings),

    // The broker.
    .target(name: "NamePatterns", dependencies: ["CRE2"], swiftSettings: settings),
    .target(
      name: "KafkaWire", dependencies: ["ActaModel", "Bytes"], exclude: ["PROTOCOL.md"],
      swiftSettings: settings),
    .target(name: "KafkaConfig", dependencies: ["ActaModel"], swiftSettings: settings),
    .target(
      name: "Broker",
      dependencies: [
        "KafkaWire", "BatchCodec", "LogStorage", "Coordination", "Counters", "KafkaConfig",
        "ActaModel", "Bytes", "Threads", "NamePatterns",
      ], swiftSettings: settings),
    .target(
      name: "BrokerServer",
      dependencies: [
        "Broker", "ActaModel", "Bytes", "Counters", "Logging", "Threads", "Transport",
      ],
      swiftSettings: settings),

    // The client.
    .target(
      name: "ClientCore",
      dependencies: [
        "ActaModel", "BatchCodec", "Bytes", "Coordination", "KafkaWire", "SASL", "Threads",
      ], swiftSettings: settings),

    .target(
      name: "ActaClient",
      dependencies: [
        "ActaModel", "BatchCodec", "Bytes", "ClientCore", "Coordination", "KafkaConfig",
        "KafkaWire", "Threads", "NamePatterns", "SASL", "SecureTransport", "TLS", "Transport",
      ],
      // A call that need not wait goes on where its caller runs: a hop to another thread and back takes
      // ten times as long as what it is for.
      swiftSettings: settings + [.enableUpcomingFeature("NonisolatedNonsendingByDefault")]),

    // A whole broker, for whoever embeds it.
    .target(
      name: "ActaNode",
      dependencies: [
        "Broker", "BrokerServer", "Bytes", "CGlibc", "Counters", "KafkaConfig", "LogStorage",
        "Logging", "LogEngine", "SQLiteLog", "SQLiteStore", "Threads", "Transport",
      ], swiftSettings: settings),

    // A broker with clients, in one program.
    .target(
      name: "ActaEmbedded",
      dependencies: [
        "ActaClient", "ActaModel", "ActaNode", "BatchCodec", "Broker", "Bytes", "LogStorage",
        "Transport",
      ], swiftSettings: settings),

    // The program.
    .target(
      name: "ActaCLI", dependencies: ["Arguments", "KafkaConfig", "Logging", "Threads"],
      swiftSettings: settings),
    .target(
      name: "ActaTools",
      dependencies: [
        "ActaCLI", "ActaClient", "ActaModel", "Arguments", "Bytes", "FileTools", "KafkaConfig",
        "Logging", "NamePatterns", "SASL", "SQLiteStore", "Threads",
      ], swiftSettings: settings),
    .executableTarget(
      name: "acta",
      dependencies: [
        "ActaCLI", "ActaNode", "ActaTools", "Arguments", "CGlibc", "KafkaConfig", "Logging", "SQLite",
      ], swiftSettings: settings),

    // Built by tools/bench only.
    .executableTarget(
      name: "ActaStorageBench",
      dependencies: [
        "ActaModel", "BatchCodec", "LogStorage", "LogEngine", "SQLiteLog", "SQLiteStore",
      ],
      path: "tools/bench.d/storage", swiftSettings: settings),
    .executableTarget(
      name: "ClientBench", dependencies: ["ActaClient", "ActaEmbedded", "ActaNode"],
      path: "tools/bench.d/swift-client",
      swiftSettings: settings),

    // Tests.
    .testTarget(
      name: "ActaModelTests", dependencies: ["ActaModel"], exclude: ["ErrorTexts.java"],
      resources: [.copy("Fixtures")], swiftSettings: settings),
    .testTarget(name: "CountersTests", dependencies: ["Counters"], swiftSettings: settings),
    .testTarget(name: "BytesTests", dependencies: ["Bytes"], swiftSettings: settings),
    .testTarget(name: "LoggingTests", dependencies: ["Logging"], swiftSettings: settings),
    .testTarget(name: "ArgumentsTests", dependencies: ["Arguments"], swiftSettings: settings),
    .testTarget(
      name: "TransportTests", dependencies: ["Transport", "Bytes", "Threads"],
      swiftSettings: settings),
    // Certificates made on the spot, and a server's side of SCRAM that may lie.
    .target(
      name: "SecurityTestSupport", dependencies: ["Bytes", "COpenSSL", "SASL", "TLS"],
      path: "Tests/SecurityTestSupport", swiftSettings: settings),
    .testTarget(
      name: "TLSTests", dependencies: ["TLS", "Bytes", "COpenSSL", "SecurityTestSupport"],
      swiftSettings: settings),
    .testTarget(
      name: "SASLTests", dependencies: ["SASL", "Bytes", "SecurityTestSupport"],
      swiftSettings: settings),
    .testTarget(
      name: "SecureTransportTests",
      dependencies: [
        "SecureTransport", "Bytes", "SecurityTestSupport", "TLS", "Threads", "Transport",
      ], swiftSettings: settings),
    .testTarget(
      name: "BatchCodecTests",
      dependencies: ["ActaModel", "BatchCodec", "CCRC32C", "CLZ4", "CZstd"],
      resources: [.copy("Fixtures")], swiftSettings: settings),
    .testTarget(
      name: "KafkaWireTests", dependencies: ["KafkaWire", "ActaModel", "Bytes"],
      resources: [.copy("Fixtures")], swiftSettings: settings),
    .testTarget(
      name: "KafkaConfigTests", dependencies: ["KafkaConfig"], resources: [.copy("Fixtures")],
      swiftSettings: settings),
    .testTarget(
      name: "ActaCLITests",
      dependencies: ["ActaCLI", "Arguments", "KafkaConfig", "Logging", "Threads"],
      swiftSettings: settings),
    .testTarget(
      name: "ActaToolsTests", dependencies: ["ActaCLI", "ActaClient", "ActaTools", "Arguments"],
      swiftSettings: settings),
    // Numbers written out in tests, as the types of ActaModel.
    .target(
      name: "ModelLiterals", dependencies: ["ActaModel"], path: "Tests/ModelLiterals",
      swiftSettings: settings),
    .target(name: "CRecordingVFS", dependencies: ["CSQLite"], path: "Tests/CRecordingVFS"),
    .testTarget(name: "SQLiteTests", dependencies: ["CSQLite", "SQLite"], swiftSettings: settings),
    // What tests of the log share: builders, and a store without SQLite.
    .target(
      name: "LogTestSupport",
      dependencies: ["ActaModel", "BatchCodec", "LogStorage", "ModelLiterals", "Threads"],
      path: "Tests/LogTestSupport", swiftSettings: settings),
    .testTarget(
      name: "LogEngineTests",
      dependencies: [
        "ActaModel", "BatchCodec", "LogEngine", "LogStorage", "LogTestSupport", "ModelLiterals",
      ],
      swiftSettings: settings),
    .testTarget(
      name: "LogConformanceTests",
      dependencies: [
        "ActaModel", "BatchCodec", "LogStorage", "LogEngine", "LogTestSupport", "ModelLiterals",
        "SQLite", "SQLiteLog", "SQLiteStore",
      ], swiftSettings: settings),
    .testTarget(
      name: "SQLiteLogTests",
      dependencies: [
        "ActaModel", "BatchCodec", "CGatheringVFS", "CRecordingVFS", "CSQLite", "LogEngine",
        "LogStorage", "LogTestSupport", "Migrations", "ModelLiterals", "SQLite", "SQLiteLog",
        "SQLiteStore", "Threads",
      ], swiftSettings: settings),
    .testTarget(
      name: "FileToolsTests",
      dependencies: [
        "ActaModel", "BatchCodec", "FileTools", "LogEngine", "LogStorage", "LogTestSupport",
        "ModelLiterals", "SQLite", "SQLiteLog", "SQLiteStore",
      ], swiftSettings: settings),
    .testTarget(
      name: "CoordinationTests",
      dependencies: ["Coordination", "ActaModel", "BatchCodec", "ModelLiterals"],
      swiftSettings: settings),
    .testTarget(
      name: "ClientCoreTests",
      dependencies: [
        "ActaModel", "BatchCodec", "Bytes", "ClientCore", "Coordination", "KafkaWire", "SASL",
        "SecurityTestSupport",
      ],
      exclude: ["Membership/AssignorFixtures.java"],
      resources: [.copy("Membership/Fixtures")], swiftSettings: settings),
    .testTarget(
      name: "BrokerTests",
      dependencies: [
        "Broker", "ActaModel", "BatchCodec", "Coordination", "KafkaConfig", "KafkaWire",
        "LogStorage", "LogTestSupport", "ModelLiterals", "SQLite", "LogEngine", "SQLiteLog",
        "SQLiteStore", "Bytes",
      ], swiftSettings: settings),
    .testTarget(
      name: "BrokerServerTests",
      dependencies: ["BrokerServer", "Broker", "Bytes", "Logging", "Threads", "Transport"],
      swiftSettings: settings),
    .testTarget(
      name: "ActaNodeTests",
      dependencies: [
        "ActaNode", "ActaModel", "BatchCodec", "Broker", "Bytes", "Counters", "KafkaConfig",
        "KafkaWire", "LogEngine", "LogStorage", "Logging", "SQLite", "SQLiteLog", "SQLiteStore",
        "Threads",
      ], swiftSettings: settings),
    .testTarget(
      name: "ActaClientTests",
      dependencies: [
        "ActaClient", "ActaModel", "ActaNode", "BatchCodec", "Bytes", "KafkaWire", "SASL",
        "SecureTransport", "SecurityTestSupport", "TLS", "Threads", "Transport",
      ],
      exclude: ["Configuring/ClientProperties.java", "Configuring/ClientRefusals.java"],
      resources: [.copy("Configuring/Fixtures")], swiftSettings: settings),
    .testTarget(
      name: "ActaEmbeddedTests", dependencies: ["ActaClient", "ActaEmbedded", "LogTestSupport"],
      swiftSettings: settings),
    // README's programs, for Tests/EndToEnd.
    .executableTarget(
      name: "CourseProgram", dependencies: ["ActaClient", "ActaEmbedded"],
      path: "Tests/CourseProgram", swiftSettings: settings),
    // A consumer of a group as a process of its own, for Tests/EndToEnd.
    .executableTarget(
      name: "GroupWorker", dependencies: ["ActaClient"], path: "Tests/GroupWorker",
      swiftSettings: settings),
    // A producer as a process of its own, for Tests/EndToEnd.
    .executableTarget(
      name: "ProducerWorker", dependencies: ["ActaClient"], path: "Tests/ProducerWorker",
      swiftSettings: settings),
    // A program that embeds a node, for Tests/EndToEnd.
    .executableTarget(
      name: "EmbeddedNode", dependencies: ["ActaNode"], path: "Tests/EmbeddedNode",
      swiftSettings: settings),
  ]
)
