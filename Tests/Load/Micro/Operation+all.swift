import Audit
import Conference
import Crypto
import Gateway
import JSON
import Ledger
import Policy

extension Operation {
  /// What each does is told by `--help`.
  static func all(_ material: Material) -> [Operation] {
    reading(material) + deciding(material) + recording(material)
  }

  private static func reading(_ material: Material) -> [Operation] {
    [
      Operation("decode") { keep(try ConferenceCommand.decode(Request.body)) },
      Operation("fingerprint") { keep(Digest.sha256(material.command.fingerprintText())) },
      // As the gateway asks for it: the path is part of the price.
      Operation("find-id") { keep(JSONValue.string(at: ["data", "id"], in: Request.reply)) },
    ]
  }

  private static func deciding(_ material: Material) -> [Operation] {
    [
      Operation("decide") { keep(try material.policy.decide(material.command)) },
      Operation("decide-refused") {
        do throws(Refusal) {
          keep(try material.policy.decide(material.refused))
        } catch {
          keep(error)
        }
      },
      Operation("write-body") { keep(material.allowed.body()) },
    ]
  }

  private static func recording(_ material: Material) -> [Operation] {
    let limit = GCRA(material.limit)
    // Ten requests a second, which the demo's limit lets pass.
    var now: Int64 = 1_800_000_000_000_000_000
    var arrival: GCRA.ArrivalTime?
    var chain = AuditChain.start
    let authentication = MessageAuthentication(key: [UInt8](repeating: 0x5A, count: 32))
    let token = "v3:MdI91X4lWFEs7IgbBEOT9M4AigoY08M0WWZFISt1Yw2axZ_IiE4pqg"
    let bytes = [UInt8](repeating: 0x5A, count: 768)
    return [
      Operation("gcra") {
        now += 100_000_000
        if let after = limit.charge(arrival, now: now) { arrival = after }
        keep(limit.status(arrival, now: now))
      },
      Operation("sha256-768") { keep(Digest.sha256(bytes)) },
      Operation("record-fields") {
        keep(AuditFields(material.decision, commandID: Request.commandID, material.tokens))
      },
      Operation("chain") {
        chain.append(Request.record)
        keep(chain)
      },
      Operation("hmac") { keep(authentication.hexCode(of: token, digits: 32)) },
      Operation("uuid") { keep(Randomness.uuid()) },
    ]
  }
}
