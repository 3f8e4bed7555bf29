internal import JSON

extension ConferenceCommand {
  /// Judges a caller's body against the table.
  ///
  /// Every fault of the body is found before any is reported: the refusal has one error a fault, each with its pointer.
  package static func decode(_ body: [UInt8]) throws(Refusal) -> ConferenceCommand {
    var reading = CommandReading()
    let isObject: Bool
    do throws(JSONError) {
      isObject = try JSONObject.forEachMember(of: body) { key, value in reading.take(key, value) }
      if reading.hasUnknown { reading.takeUnknown(among: try JSONObject.writtenMembers(of: body)) }
    } catch {
      throw .malformed(error.message + (error.offset.map { ", near byte \($0)" } ?? ""))
    }
    guard isObject else { throw .malformed("the body must be a JSON object") }
    return try reading.finish()
  }
}
