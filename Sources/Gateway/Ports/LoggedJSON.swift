package import JSON

/// A value of a line of the log that is more than a text: its members stay in their order.
package struct LoggedJSON: Sendable, CustomStringConvertible {
  package let value: JSONValue

  package init(_ value: JSONValue) { self.value = value }

  package var description: String { String(decoding: value.text, as: UTF8.self) }
}
