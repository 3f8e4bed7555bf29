internal import Gateway

/// Callers who are known by their certificate, where no listener asks for one.
enum CertificateCallers {
  static func check(_ gateway: GatewayFile, teams: [TeamFile]) {
    guard gateway.server.listen.allSatisfy({ $0.tls?.clientAuthorities == nil }) else { return }
    for team in teams {
      for caller in team.callers {
        guard case .certificate = caller.caller.credential else { continue }
        team.reader.report(
          caller.position,
          "callers.tls_san: no listener asks for a certificate: one of server.listen needs tls with client_ca"
            + " (\(gateway.reader.file))")
      }
    }
  }
}
