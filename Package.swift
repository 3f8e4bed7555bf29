// swift-tools-version: 6.2
import PackageDescription

// The arrows of the architecture. Every target names exactly what it may import, and `make build` passes
// `--explicit-target-dependency-import-check error`, so an import that is not listed here does not build.

/// Whether random inputs are to be made for it (`.make/fuzz.sh`): then it is noted how far each comes within the code here, not
/// within the libraries.
let isFuzzed = Context.environment["CONVENE_FUZZ"] != nil

let strict: [SwiftSetting] =
  [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
  ]
  + (isFuzzed
    ? [.unsafeFlags(["-sanitize=fuzzer,address"])]
    // That nothing is changed while it is used is checked where the compiler sees it, and at run time in the builds that are tested
    // and fuzzed. In a release the checks at run time would be 3 % of a request.
    : [.unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release))])
/// For targets that touch no C: unsafe constructs do not pass unnoticed.
let pure: [SwiftSetting] = strict + [.strictMemorySafety()]

let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let heap = Target.Dependency.product(name: "HeapModule", package: "swift-collections")
let deque = Target.Dependency.product(name: "DequeModule", package: "swift-collections")

/// What is fuzzed: the same functions are given random inputs by libFuzzer (`make fuzz`, which sets the variable and has everything
/// instrumented), and what is kept of these inputs by a test. An executable whose main is libFuzzer's can't be linked without.
let fuzzed: [Target.Dependency] = [
  "Configuration", "Audit", "Ledger", "LedgerSQLite", "Upstream", "Listener", "Gateway", "Policy", "Conference",
  "Pattern", "JSON", "Crypto",
  "EventLoop", "CCurl", "CSQLite",
]
let kept = ["Corpora", "Seeds", "Crashes", "Dictionaries", "NOTES.md", "corpus.py"]
let fuzzing: [Target] =
  !isFuzzed
  ? [
    .testTarget(
      name: "FuzzTests", dependencies: fuzzed, path: "Tests/Fuzz",
      exclude: kept + ["Fuzzer"], sources: ["Targets", "Replay"], swiftSettings: strict
    )
  ]
  : [
    // What is judged has its coverage noted, not who judges: that would only cost.
    .executableTarget(
      name: "convene-fuzz", dependencies: fuzzed, path: "Tests/Fuzz",
      exclude: kept + ["Replay"], sources: ["Targets", "Fuzzer"],
      swiftSettings: strict + [.unsafeFlags(["-sanitize=address"])])
  ]

let package = Package(
  name: "convene",
  products: [
    .executable(name: "convene", targets: ["convene"]),
    .executable(name: "telnyx-simulator", targets: ["telnyx-simulator"]),
  ],
  dependencies: [
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
  ],
  targets: [
    // C, each behind the one Swift target that wraps it.
    .systemLibrary(name: "CLinux"),
    .target(name: "CMicrohttpd", linkerSettings: [.linkedLibrary("microhttpd")]),
    .target(name: "CGnuTLS", linkerSettings: [.linkedLibrary("gnutls")]),
    .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
    .target(name: "CSimdjson", linkerSettings: [.linkedLibrary("simdjson")]),
    .target(name: "CSQLite", linkerSettings: [.linkedLibrary("sqlite3")]),
    .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
    .systemLibrary(name: "CPostgres", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
    .systemLibrary(name: "CPcre2", pkgConfig: "libpcre2-8", providers: [.apt(["libpcre2-dev"])]),

    // Mechanism.
    .target(name: "EventLoop", dependencies: ["CLinux", heap], swiftSettings: strict),
    .target(name: "Files", swiftSettings: strict),
    .target(name: "Metrics", swiftSettings: strict),
    .target(name: "Crypto", dependencies: ["COpenSSL"], swiftSettings: strict),
    .target(name: "JSON", dependencies: ["CSimdjson"], swiftSettings: strict),
    .target(name: "Pattern", dependencies: ["CPcre2"], swiftSettings: strict),

    // What Convene knows. Pure.
    .target(name: "Conference", dependencies: ["JSON"], swiftSettings: pure),
    .target(name: "Policy", dependencies: ["Conference", "JSON", "Pattern"], swiftSettings: pure),
    .target(
      name: "Gateway",
      dependencies: ["Conference", "Policy", "JSON", "Crypto", "Metrics", "EventLoop", deque, logging],
      swiftSettings: pure),

    // The record, and every rule of the ledger; where their rows lie is a store's matter.
    .target(
      name: "Audit", dependencies: ["Gateway", "Conference", "JSON", "Crypto", "EventLoop", "CLinux"],
      swiftSettings: strict),
    .target(
      name: "Ledger",
      dependencies: [
        "Audit", "Gateway", "Conference", "JSON", "Crypto", "EventLoop", "Files", "Metrics", "CLinux", logging,
      ],
      swiftSettings: strict),

    // Adapters: each wraps one outside thing and implements Gateway's ports.
    .target(
      name: "Listener", dependencies: ["Gateway", "Conference", "EventLoop", "CMicrohttpd", "CGnuTLS", "CLinux"],
      swiftSettings: strict),
    .target(
      name: "Upstream", dependencies: ["Gateway", "EventLoop", "Crypto", "CCurl", "CZlib", deque], swiftSettings: strict
    ),
    .target(
      name: "LedgerSQLite",
      dependencies: [
        "Ledger", "Audit", "Gateway", "JSON", "Crypto", "EventLoop", "Files", "Metrics", "CLinux", "CSQLite", logging,
      ],
      swiftSettings: strict),
    .target(
      name: "LedgerPostgres",
      dependencies: ["Ledger", "Audit", "Gateway", "JSON", "EventLoop", "Crypto", "CPostgres", logging],
      swiftSettings: strict),
    .target(
      name: "Telemetry",
      dependencies: ["Gateway", "JSON", "Crypto", "Metrics", "EventLoop", "CCurl", deque, logging],
      swiftSettings: strict),
    .target(
      name: "Configuration",
      dependencies: ["Gateway", "Policy", "Conference", "Pattern", "JSON", "Crypto", "Files", "CYAML"],
      swiftSettings: strict),

    .executableTarget(
      name: "convene",
      dependencies: [
        "Listener", "Upstream", "Ledger", "LedgerSQLite", "LedgerPostgres", "Audit", "Configuration", "Telemetry",
        "Gateway", "Policy", "Conference", "EventLoop", "Metrics", "Crypto", "JSON", "Files", "CLinux", arguments,
        logging,
      ],
      swiftSettings: strict),
    // Makes certificates, for whoever stands in for others: the simulator and the tests.
    .target(name: "Certificates", dependencies: ["COpenSSL"], swiftSettings: strict),
    .executableTarget(
      name: "telnyx-simulator", dependencies: ["Certificates", "JSON", "COpenSSL", "CLinux", arguments],
      swiftSettings: strict),

    .testTarget(name: "JSONTests", dependencies: ["JSON"], swiftSettings: strict),
    .testTarget(name: "MetricsTests", dependencies: ["Metrics", "TestKit"], swiftSettings: strict),
    .testTarget(name: "EventLoopTests", dependencies: ["EventLoop"], swiftSettings: strict),
    .testTarget(
      name: "GatewayTests",
      dependencies: [
        "Gateway", "Policy", "Conference", "JSON", "EventLoop", "Metrics", "Ledger", "MemoryLedger", "TestKit", logging,
      ],
      swiftSettings: strict),
    // A store in memory, for the tests of the ledger's rules and of whoever needs a ledger.
    .target(
      name: "MemoryLedger", dependencies: ["Audit", "Ledger", "Gateway", "JSON", "EventLoop"],
      path: "Tests/MemoryLedger", swiftSettings: strict),
    .testTarget(
      name: "LedgerTests",
      dependencies: [
        "Audit", "Ledger", "LedgerSQLite", "LedgerPostgres", "MemoryLedger", "Gateway", "Policy", "Conference", "JSON",
        "Crypto",
        "EventLoop", "Metrics", "CLinux", "TestKit", grdb, logging,
      ],
      exclude: ["Fixtures"],
      swiftSettings: strict),
    // Chains of a shared ledger, for the tests of whatever follows them.
    .target(
      name: "FleetFixture", dependencies: ["Audit", "Gateway", "Crypto", "EventLoop"], path: "Tests/FleetFixture",
      swiftSettings: strict),
    .testTarget(
      name: "AuditTests", dependencies: ["Audit", "FleetFixture", "Crypto", "EventLoop"], swiftSettings: strict),
    .testTarget(
      name: "LedgerPostgresTests",
      dependencies: [
        "LedgerPostgres", "Audit", "Gateway", "FleetFixture", "JSON", "EventLoop", "Crypto", "Certificates", "TestKit",
      ],
      swiftSettings: strict),
    .testTarget(name: "CryptoTests", dependencies: ["Crypto"], swiftSettings: strict),
    .testTarget(
      name: "UpstreamTests", dependencies: ["Upstream", "Gateway", "EventLoop", "Crypto", "TestKit"],
      swiftSettings: strict),
    .testTarget(
      name: "ListenerTests",
      dependencies: ["Listener", "Gateway", "Conference", "EventLoop", "Metrics", "JSON", "Certificates", "TestKit"],
      swiftSettings: strict),
    .testTarget(
      name: "TelemetryTests",
      dependencies: ["Telemetry", "Gateway", "EventLoop", "Crypto", "JSON", "Metrics", "TestKit", logging],
      swiftSettings: strict),
    .testTarget(name: "WireTests", dependencies: ["JSON", "TestKit"], swiftSettings: strict),
    // Starts the simulator's binary, which therefore is no dependency to link: `swift build` makes it beside the tests.
    .testTarget(name: "SimulatorTests", dependencies: ["JSON", "TestKit"], swiftSettings: strict),
    .testTarget(name: "SystemTests", dependencies: ["JSON", "Certificates", "TestKit"], swiftSettings: strict),
    // Kills, starves and confuses the binaries by the thousand; `make campaign` runs it, and a short form is a system test.
    .executableTarget(
      name: "convene-campaign", dependencies: ["Oracle", "TestKit", "JSON", "Crypto", arguments],
      path: "Tests/Campaigns",
      swiftSettings: strict),
    // Whether a case of a campaign has kept all promises.
    .target(
      name: "Oracle", dependencies: ["TestKit", "JSON", "Crypto"], path: "Tests/Oracle", swiftSettings: strict),
    .testTarget(name: "OracleTests", dependencies: ["Oracle", "TestKit", "JSON", "Crypto"], swiftSettings: strict),
    // What the pure parts cost, and how often they allocate; `make micro` runs it. Nothing else may depend on the target that
    // counts: whatever links it has its malloc replaced.
    .target(name: "CAllocations", path: "Tests/Load/Allocations"),
    .executableTarget(
      name: "convene-micro",
      dependencies: [
        "CAllocations", "Configuration", "Audit", "Ledger", "Gateway", "Policy", "Conference", "EventLoop", "JSON",
        "Crypto", arguments,
      ],
      path: "Tests/Load/Micro", swiftSettings: strict),
    // Starts the binaries as processes and speaks to them over sockets.
    .target(
      name: "TestKit", dependencies: ["Certificates", "JSON", "Crypto", "COpenSSL", grdb, logging],
      path: "Tests/TestKit", swiftSettings: strict),
    .testTarget(name: "PatternTests", dependencies: ["Pattern"], swiftSettings: strict),
    .testTarget(name: "ConferenceTests", dependencies: ["Conference", "JSON"], swiftSettings: strict),
    .testTarget(name: "PolicyTests", dependencies: ["Policy", "Conference", "JSON", "Pattern"], swiftSettings: strict),
    .testTarget(
      name: "ConfigurationTests",
      dependencies: [
        "Configuration", "LedgerPostgres", "Gateway", "Policy", "Conference", "JSON", "Crypto", "Certificates",
        "TestKit",
      ],
      exclude: ["Fixtures"],
      swiftSettings: strict),
  ] + fuzzing,
  cxxLanguageStandard: .cxx17
)
