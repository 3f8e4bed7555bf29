import JSON
import TestKit
import Testing

@Suite("Requests on the wire", .timeLimit(.minutes(30)))
struct WireTests {
  private func create(_ id: String, version: String = "HTTP/1.1", _ headers: String...) -> String {
    let body = GatewayProcess.command(id, name: id)
    let lines =
      [
        "POST /v2/conferences \(version)", "Host: h", "Authorization: Bearer \(GatewayProcess.key)",
        "Content-Type: application/json", "Content-Length: \(body.utf8.count)",
      ] + headers
    return lines.map { $0 + "\r\n" }.joined() + "\r\n" + body
  }

  private func chunked(_ body: String, by size: Int) -> String {
    var rest = Array(body.utf8)[...]
    var text = ""
    while !rest.isEmpty {
      text += "\(String(min(size, rest.count), radix: 16))\r\n\(String(decoding: rest.prefix(size), as: UTF8.self))\r\n"
      rest = rest.dropFirst(size)
    }
    return "POST /conferences HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer \(GatewayProcess.key)\r\n"
      + "Content-Type: application/json; charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n\(text)0\r\n\r\n"
  }

  @Test("are answered in their order where several come at once")
  func pipelined() throws {
    let simulator = try SimulatorProcess()
    let gateway = try GatewayProcess(before: simulator)
    let client = try gateway.connect()
    try client.send(create("c-1") + create("c-2") + create("c-3"))
    for id in ["c-1", "c-2", "c-3"] {
      let reply = try client.readReply()
      #expect(reply.status == 200)
      #expect(reply.headers["convene-command-id"] == id)
    }
  }

  @Test("are understood byte by byte")
  func byteByByte() throws {
    let simulator = try SimulatorProcess()
    let gateway = try GatewayProcess(before: simulator)
    let client = try gateway.connect()
    for byte in Array(create("c-1").utf8) { try client.send([byte]) }
    #expect(try client.readReply().status == 200)
  }

  @Test(
    "keep their connection, or not, as they say",
    arguments: [
      ("HTTP/1.1", "X: y", false), ("HTTP/1.1", "Connection: close", true), ("HTTP/1.0", "X: y", true),
    ])
  func connection(version: String, header: String, isClosed: Bool) throws {
    let simulator = try SimulatorProcess()
    let gateway = try GatewayProcess(before: simulator)
    let client = try gateway.connect()
    try client.send(create("c-1", version: version, header))
    #expect(try client.readReply().status == 200)
    if isClosed {
      #expect(client.readToEnd() == [])
    } else {
      try client.send(create("c-1"))
      #expect(try client.readReply().headers["idempotent-replayed"] == "true")
    }
  }

  @Test("may come in chunks", arguments: [1, 7, 4096])
  func chunks(size: Int) throws {
    let simulator = try SimulatorProcess()
    let gateway = try GatewayProcess(before: simulator)
    let client = try gateway.connect()
    try client.send(chunked(GatewayProcess.command("c-1"), by: size))
    #expect(try client.readReply().status == 200)
    #expect(try simulator.executed().first?["headers"]?["transfer-encoding"] == nil)
  }

  @Test("in chunks must not be too large either")
  func largeChunks() throws {
    let simulator = try SimulatorProcess()
    let gateway = try GatewayProcess(before: simulator) { $0.server = ["max_body: 1KiB"] }
    let client = try gateway.connect()
    try client.send(chunked(String(repeating: " ", count: 1025), by: 100))
    Refused(413, "body_too_large", "10015").check(try client.readReply())
    #expect(try simulator.received() == 0)
  }

  @Test(
    "that dribble are ended at their deadline, however lively they are",
    arguments: [
      "POST /conferences HTTP/1.1\r\nHost: h\r\nX: ",
      "POST /conferences HTTP/1.1\r\nHost: h\r\nContent-Length: 999\r\n\r\n",
    ])
  func dribble(start: String) throws {
    let simulator = try SimulatorProcess()
    let gateway = try GatewayProcess(before: simulator) {
      $0.server = ["header_timeout: 300ms", "body_timeout: 300ms"]
    }
    let client = try gateway.connect()
    try client.send(start)
    // Each byte comes long before an idle connection would be given up; none of them moves the deadline.
    try wait { (try? client.send("x")) == nil }
    #expect(try gateway.create(GatewayProcess.command("c-1")).status == 200)
    #expect(try simulator.received() == 1)
  }

  @Test("whose sender leaves are sent all the same, and settled")
  func left() throws {
    let simulator = try SimulatorProcess(["--fault", "delay=100"])
    let gateway = try GatewayProcess(before: simulator)
    try gateway.connect().send(create("c-1"))
    #expect(try gateway.audit(1).map { Record($0) } == [Record("forwarded", 200, id: "c-1")])
    #expect(try gateway.state(of: "c-1") == "done")
  }
}
