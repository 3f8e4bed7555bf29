/// What is promised of executed creates depends on both sides.
package enum Variant: String, CaseIterable, Sendable {
  /// As Telnyx is: a command id is executed once a minute.
  case dedupe
  /// Telnyx forgets at once; the gateway sends a lost command again by itself.
  case forgetful
  /// Telnyx forgets at once; the gateway sends once, and callers repeat what has no outcome only when it is too old to be
  /// sent again: then nothing is ever executed twice.
  case once

  package var attempts: Int { self == .once ? 1 : 3 }

  /// For the simulator.
  package var options: String {
    #"{"dedupe_seconds":\#(self == .dedupe ? 60 : 0),"names_are_unique":\#(self == .dedupe)}"#
  }
}
