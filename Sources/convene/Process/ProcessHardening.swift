internal import CLinux
internal import Glibc

/// What a process that holds a token does before anything else.
enum ProcessHardening {
  /// Variables by which libcurl, OpenSSL or Swift's runtime would send or write what must stay here.
  private static let unwanted = [
    "http_proxy", "https_proxy", "all_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY",
    "SSLKEYLOGFILE", "CURL_HOME", "NETRC", "SSL_CERT_FILE", "SSL_CERT_DIR", "OPENSSL_CONF",
  ]

  /// Before anything is opened, in every command: a file or socket that gets the number of a closed standard descriptor
  /// gets what is written there.
  static func openStandardDescriptors() {
    if convene_open_standard_descriptors() != 0 { _exit(1) }
  }

  /// Swift's runtime and glibc read these variables once, at their start: a process without SWIFT_BACKTRACE sets both and
  /// starts itself anew. Where that one is set, whoever set it has chosen the other, too.
  /// Returns where that is not needed, or not possible.
  static func restartWithSettings() {
    let wanted = "enable=no"
    guard getenv("SWIFT_BACKTRACE").map({ String(cString: $0) }) != wanted else { return }
    setenv("SWIFT_BACKTRACE", wanted, 1)
    // glibc's malloc reads this at its start, too. Requests come in batches, and so does what they allocate: of each size
    // as many pieces are kept at hand as a batch has, not seven.
    setenv("GLIBC_TUNABLES", "glibc.malloc.tcache_count=32", 0)
    var arguments = CommandLine.arguments.map { strdup($0) }
    arguments.append(nil)
    execv("/proc/self/exe", arguments)
    for argument in arguments { free(argument) }
  }

  static func apply() {
    for name in unwanted { unsetenv(name) }
    // A write to a closed connection is an error to handle, not the end of the process.
    signal(SIGPIPE, SIG_IGN)
    // So is one beyond what a file may have (`ulimit -f`).
    signal(SIGXFSZ, SIG_IGN)
    // Until it is waited for: whoever rotates files while this starts must not end it.
    signal(SIGHUP, SIG_IGN)
    // Whatever Swift's runtime would do about a crash, where it could not be told by SWIFT_BACKTRACE.
    for crash in [SIGQUIT, SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGTRAP] { signal(crash, SIG_DFL) }
    // No core dump, no debugger and no /proc/PID/environ for others: memory holds the token.
    var none = rlimit(rlim_cur: 0, rlim_max: 0)
    setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none)
    convene_forbid_dumping()
    // As many descriptors as the system gives.
    var descriptors = rlimit()
    if getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &descriptors) == 0 {
      descriptors.rlim_cur = descriptors.rlim_max
      setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &descriptors)
    }
  }
}
