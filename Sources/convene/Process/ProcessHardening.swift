internal import CLinux
internal import Glibc
internal import LedgerPostgres

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

  static func apply() {
    for name in unwanted { unsetenv(name) }
    // libpq's, while nobody else reads the environment. Where they can't be removed, no connection is made.
    _ = PostgresEnvironment.isClean
    // A write to a closed connection is an error to handle, not the end of the process.
    signal(SIGPIPE, SIG_IGN)
    // So is one beyond what a file may have (`ulimit -f`).
    signal(SIGXFSZ, SIG_IGN)
    // Until it is waited for: whoever rotates files while this starts must not end it.
    signal(SIGHUP, SIG_IGN)
    // Swift's runtime would write what it finds in memory about a crash. It can be told not to by SWIFT_BACKTRACE, which it reads
    // before anything here runs.
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
