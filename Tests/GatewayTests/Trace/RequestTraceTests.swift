import Testing

@testable import Gateway

@Suite("A request's trace")
struct RequestTraceTests {
  private static let text = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
  private let numbers = TraceNumbers()

  private func trace(_ text: String?, ratio: Double = 0) -> RequestTrace {
    var fields = HeaderFields()
    if let text { fields.append("Traceparent", text) }
    return RequestTrace(fields, ratio: SamplingRatio(ratio), numbers: numbers)
  }

  @Test("is read and written as the standard has it")
  func form() throws {
    let read = TraceParent(Array(Self.text.utf8).span)
    let parent = try #require(read)
    #expect(parent.text == Self.text)
    #expect(parent.trace.hex == "0af7651916cd43dd8448eb211c80319c" && parent.span.hex == "b7ad6b7169203331")
  }

  @Test("is its caller's, sampled as that says, whatever the ratio is", arguments: ["00", "01", "02", "03", "ff"])
  func continued(flags: String) throws {
    let bits = try #require(UInt8(flags, radix: 16))
    for ratio in [0, 1.0] {
      let trace = trace(Self.text.dropLast(2) + flags, ratio: ratio)
      #expect(trace.isSampled == (bits & 1 == 1) && trace.flags == bits & 3)
      #expect(trace.sent(by: trace.span).text == "00-\(trace.id.hex)-\(trace.span.hex)-0\(bits & 3)")
      #expect(trace.parent?.hex == "b7ad6b7169203331" && trace.span != trace.parent)
    }
  }

  @Test(
    "begins anew where there is none that can be read",
    arguments: [nil, "", "x", text + "-x", "ff" + text.dropFirst(2)])
  func begun(text: String?) {
    let (first, second) = (trace(text), trace(text, ratio: 1))
    #expect(first.parent == nil && !first.isSampled && second.isSampled)
    #expect(first.id != second.id && first.span != second.span)
    var fields = HeaderFields()
    if let text { fields.append("traceparent", text) }
    #expect(first.recorded(fields) == "00-\(first.id.hex)-\(first.span.hex)-00")
  }

  @Test("that begins here is sampled as often as the ratio says, and by its name alone")
  func ratio() {
    let ids = (0..<20_000).map { _ in numbers.traceID() }
    #expect(Set(ids).count == ids.count)
    for ratio in [0, 0.01, 0.25, 1] {
      let sampled = ids.count { SamplingRatio(ratio).takes($0.low) }
      #expect(abs(Double(sampled) - ratio * 20_000) <= 400, "\(ratio)")
      #expect(ratio != 0 || sampled == 0)
      #expect(ratio != 1 || sampled == ids.count)
    }
    // What is sampled at a lower ratio is at a higher one.
    #expect(ids.allSatisfy { !SamplingRatio(0.1).takes($0.low) || SamplingRatio(0.2).takes($0.low) })
  }

  @Test(
    "knows an address by its two parts",
    arguments: [
      ("127.0.0.1:80", "127.0.0.1", 80), ("[::1]:5", "::1", 5), ("::1", "::1", nil), ("[::1]", "::1", nil),
      ("h", "h", nil), ("h:x", "h", nil), ("", "", nil), ("h:99999", "h", nil),
    ] as [(String, String, Int?)])
  func address(text: String, host: String, port: Int?) {
    let address = NetworkAddress(text)
    #expect(address.host == host && address.port == port)
    #expect(NetworkAddress(url: "https://\(text)/v2/x") == address)
  }
}
