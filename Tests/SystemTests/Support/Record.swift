import JSON
import TestKit
import Testing

/// The part of an audit record that tests compare.
struct Record: Equatable, CustomTestStringConvertible {
  let decision: String
  let status: Int?
  let rule: String?
  let commandID: String?

  init(_ decision: String, _ status: Int?, rule: String? = nil, id: String? = nil) {
    self.decision = decision
    self.status = status
    self.rule = rule
    commandID = id
  }

  init(_ json: JSONValue) {
    decision = json["decision"]?.string ?? "none"
    status = json["status"]?.integer.map { Int($0) }
    rule = json["rule"]?.string
    commandID = json["command_id"]?.string
  }

  var testDescription: String { "\(decision) \(status ?? 0) \(rule ?? "") \(commandID ?? "")" }
}

extension GatewayProcess {
  /// All records there will ever be of this process: ends it.
  func allRecords() throws -> [Record] { try recordsAtEnd().map { Record($0) } }
}

extension SimulatorProcess {
  /// Creates whose head has arrived, whatever became of them.
  func received() throws -> Int { Int(try journal()["creates_received"]?.integer ?? -1) }
}
