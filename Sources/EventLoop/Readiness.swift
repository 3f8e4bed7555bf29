internal import CLinux

/// What a descriptor is ready for, or watched for: the bits of epoll_ctl(2).
package struct Readiness: OptionSet, Sendable {
  package let rawValue: UInt32

  package init(rawValue: UInt32) { self.rawValue = rawValue }

  package static let readable = Readiness(rawValue: EPOLLIN.rawValue)
  package static let writable = Readiness(rawValue: EPOLLOUT.rawValue)
  /// Both. To write them as a literal makes an array first.
  package static let anyDirection = Readiness(rawValue: EPOLLIN.rawValue | EPOLLOUT.rawValue)
  /// An error, or both ends are shut.
  package static let ended = Readiness(rawValue: EPOLLERR.rawValue | EPOLLHUP.rawValue)
  /// Told of once, when it happens, not for as long as it lasts.
  package static let edgeTriggered = Readiness(rawValue: EPOLLET.rawValue)
  /// Of several loops that watch one descriptor, wake not all.
  package static let exclusive = Readiness(rawValue: EPOLLEXCLUSIVE.rawValue)
}
