internal import CLinux

/// A system call that failed: which, and why.
package struct SystemError: Error, Sendable, Equatable, CustomStringConvertible {
  package let call: String
  /// errno(3).
  package let code: Int32

  package init(_ call: String, code: Int32) {
    self.call = call
    self.code = code
  }

  /// Takes errno, so it must come right after the call.
  package static func last(_ call: String) -> SystemError { SystemError(call, code: convene_errno()) }

  package var description: String { "\(call): \(String(cString: strerror(code)))" }
}
