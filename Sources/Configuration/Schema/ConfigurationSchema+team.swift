internal import JSON

extension ConfigurationSchema {
  static var teamSchema: JSONValue {
    document(
      "Convene: a team's file", ["version", "team", "callers"],
      [
        ("version", version),
        ("team", identifier("The team's name, unique in the organization.")),
        ("callers", list(caller, "Who may call for this team.")),
        ("policy", policy("The team's rules, one per field. They may only tighten the organization's.")),
        ("limits", limits(["team", "caller"])),
        (
          "calls",
          calls(
            "Which of Telnyx's other conference calls may be made. The organization's, or less; what is left out is its."
          )
        ),
        ("keyless", keyless),
      ])
  }

  private static var caller: JSONValue {
    let schema = object(
      ["name"],
      [
        ("name", identifier("The caller's name in records; unique in this file.")),
        (
          "key_sha256", keyDigest("The SHA-256 of the caller's key, in hex; `convene key new` makes both.")
        ),
        ("unix_uid", integer("The user that the caller's process runs as, on the Unix socket.", FileReader.userIDs)),
        (
          "tls_san",
          text(
            "A name in the caller's certificate (subject alternative name): a URI such as spiffe://example/ns/voice/sa/pbx, or a DNS"
              + " name without a wildcard.")
        ),
        (
          "anonymous",
          .object(["description": .string("Whoever can reach the port."), "const": .boolean(true)])
        ),
      ])
    return exactlyOne(of: ["key_sha256", "unix_uid", "tls_san", "anonymous"], in: schema)
  }
}
