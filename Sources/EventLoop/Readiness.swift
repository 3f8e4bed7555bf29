internal import CLinux

/// What a descriptor is ready for, or watched for: the bits of epoll_ctl(2).
package struct Readiness: OptionSet, Sendable {
  package let rawValue: UInt32

  package init(rawValue: UInt32) { self.rawValue = rawValue }

  package static let readable = Readiness(rawValue: EPOLLIN.rawValue)
  package static let writable = Readiness(rawValue: EPOLLOUT.rawValue)
  /// None of them. It has a name, as `anyDirection` has, because a literal of none or several makes an array first.
  package static let nothing = Readiness()
  /// Both.
  package static let anyDirection = Readiness(rawValue: EPOLLIN.rawValue | EPOLLOUT.rawValue)
  /// An error, or both ends are shut.
  package static let ended = Readiness(rawValue: EPOLLERR.rawValue | EPOLLHUP.rawValue)
  /// Told of once, when it happens, not for as long as it lasts.
  package static let edgeTriggered = Readiness(rawValue: EPOLLET.rawValue)
  /// Of several loops that watch one descriptor, wake not all.
  package static let exclusive = Readiness(rawValue: EPOLLEXCLUSIVE.rawValue)

  // What OptionSet has for these goes through its tables in another module, ten calls for each.

  package var isNothing: Bool { rawValue == 0 }

  /// Without anything else.
  package var directions: Readiness { Readiness(rawValue: rawValue & Self.anyDirection.rawValue) }

  package var hasEnded: Bool { rawValue & Self.ended.rawValue != 0 }

  /// All of the other's.
  package func includes(_ other: Readiness) -> Bool { rawValue & other.rawValue == other.rawValue }
}
