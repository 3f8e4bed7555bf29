/// `upstream`: how Telnyx is called.
package struct UpstreamSettings: Sendable, Equatable {
  /// Scheme, host, optional port and path prefix without a slash at the end: `https://api.telnyx.com/v2`.
  package var url = "https://api.telnyx.com/v2"
  /// In order: the first is used, the next when Telnyx refuses that.
  package var tokens: [TokenSource] = []
  package var connectTimeout: Duration = .seconds(2)
  /// Of one attempt, waiting for a connection included; a resend has no more than is left of `CommandLife.deliveryWindow`.
  package var attemptTimeout: Duration = .seconds(10)
  /// Of the whole request, from its head to the reply.
  package var deadline: Duration = .seconds(30)
  /// Sends of one command, the first included.
  package var attempts = 3
  /// Connections to Telnyx, over all workers.
  package var maxConnections = 64
  /// PEM file of certificate authorities to trust instead of the system's.
  package var caFile: String?
  /// libcurl's form: `sha256//BASE64[;sha256//BASE64]`.
  package var pinnedPublicKey: String?
  package var http2 = false
  /// On the way there; nil = straight.
  package var proxy: ProxySettings?
  /// Callers' header fields that go along to Telnyx, beside those that always do.
  package var forwardFields = FieldNames([])

  package init() {}
}

/// `upstream.proxy`: an HTTP proxy that is asked for a tunnel (CONNECT; RFC 9110, section 9.3.6), so that it sees no more than where
/// Telnyx is.
package struct ProxySettings: Sendable, Equatable {
  /// `http://HOST:PORT`.
  package var url: String
  /// What it is shown, by `Basic` (RFC 7617); nil = nothing.
  package var credentials: Credentials?

  package struct Credentials: Sendable, Equatable {
    package var username: String
    package var password: TokenSource

    package init(username: String, password: TokenSource) {
      self.username = username
      self.password = password
    }
  }

  package init(url: String, credentials: Credentials? = nil) {
    self.url = url
    self.credentials = credentials
  }
}

/// Where a token is read from. The token itself never stands in a configuration.
package enum TokenSource: Sendable, Equatable {
  case environment(String)
  case file(String)
  /// One of systemd's (systemd.exec(5), "CREDENTIALS"), by its name.
  case credential(String)
}
