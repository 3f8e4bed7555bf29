import EventLoop
import Gateway
import LedgerPostgres
import TestKit

/// By when a test that is in no hurry gives up.
var patience: MonotonicTime { .now + .seconds(30) }

extension PostgresServer {
  /// How to reach this server's Unix socket.
  func settings(
    _ database: String = "postgres", user: String = user, _ change: (inout PostgresSettings) -> Void = { _ in }
  ) -> PostgresSettings {
    var settings = PostgresSettings(hosts: [.init(socketFolder, port: port)], user: user, database: database)
    settings.tls = .disable
    change(&settings)
    return settings
  }

  /// How to reach it by TCP.
  func networkSettings(
    _ host: String = "127.0.0.1", user: String = user, _ change: (inout PostgresSettings) -> Void = { _ in }
  ) -> PostgresSettings {
    settings(user: user) {
      $0.hosts = [.init(host, port: port)]
      change(&$0)
    }
  }

  func connect(
    _ database: String = "postgres", user: String = user
  ) throws(PostgresError) -> PostgresConnection {
    try PostgresConnection(settings(database, user: user), by: patience)
  }
}

/// What it failed with.
func failure<Value>(_ body: () throws -> Value) -> PostgresError? {
  do {
    _ = try body()
    return nil
  } catch {
    return error as? PostgresError
  }
}

func kind<Value>(_ body: () throws -> Value) -> PostgresError.Kind? { failure(body)?.kind }
