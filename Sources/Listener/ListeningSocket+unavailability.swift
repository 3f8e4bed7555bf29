internal import CLinux
internal import EventLoop
package import Gateway

extension ListeningSocket {
  /// What would keep an address from being listened on; nil where nothing would. Nothing stays of the attempt.
  package enum Unavailability: Sendable, Equatable {
    /// Somebody listens there now: another program, or the gateway that is to be started anew.
    case inUse
    case other(String)
  }

  package static func unavailability(of address: ListenAddress) -> Unavailability? {
    do throws(SystemError) {
      switch address {
      case .tcp(let host, let port): close(try SocketAddress.ip(host, port: port).bound(configure: configure))
      case .unix(let path): try checkFile(path)
      }
      return nil
    } catch {
      return error.code == EADDRINUSE ? .inUse : .other(error.description)
    }
  }

  /// A Unix socket can't be bound for a trial: its file would be there for a moment.
  private static func checkFile(_ path: String) throws(SystemError) {
    let address = try SocketAddress.unix(path)
    let directory = LockedDirectory.path(of: path)
    var status = stat()
    guard stat(directory, &status) == 0 else { throw .last(directory) }
    guard Int32(status.st_mode) & Int32(S_IFMT) == Int32(S_IFDIR) else { throw SystemError(directory, code: ENOTDIR) }
    guard access(directory, R_OK | W_OK | X_OK) == 0 else { throw .last(directory) }
    let (owner, isSticky) = (status.st_uid, Int32(status.st_mode) & Int32(S_ISVTX) != 0)
    guard lstat(path, &status) == 0 else { return }
    guard Int32(status.st_mode) & Int32(S_IFMT) == Int32(S_IFSOCK) else {
      throw SystemError("not a socket", code: EEXIST)
    }
    guard try address.isStale(path) else { throw SystemError("connect", code: EADDRINUSE) }
    // unlink(2), EPERM.
    guard !isSticky || [0, owner, status.st_uid].contains(geteuid()) else { throw SystemError("unlink", code: EPERM) }
  }
}
