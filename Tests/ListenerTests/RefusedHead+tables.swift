extension RefusedHead {
  static let framings: [RefusedHead] = [
    .post("length and chunked", "Content-Length: 2", "Transfer-Encoding: chunked", body: "0\r\n\r\n"),
    .post("chunked and length", "Transfer-Encoding: chunked", "Content-Length: 2", body: "0\r\n\r\n"),
    .post("the same length twice", "Content-Length: 2", "Content-Length: 2"),
    .post("two lengths", "Content-Length: 2", "Content-Length: 3"),
    .post("two lengths in one field", "Content-Length: 2, 2"),
    .post("length is no number", "Content-Length: two"),
    .post("length is empty", "Content-Length:"),
    .post("negative length", "Content-Length: -2"),
    .post("length with a sign", "Content-Length: +2"),
    .post("length in hexadecimal", "Content-Length: 0x2"),
    .post("length with a space inside", "Content-Length: 2 2"),
    .post("length beyond 64 bits", "Content-Length: 99999999999999999999", status: 413),
    .post("length beyond 63 bits", "Content-Length: 9999999999999999999"),
    .post("gzip", "Transfer-Encoding: gzip"),
    .post("gzip, chunked", "Transfer-Encoding: gzip, chunked", body: "0\r\n\r\n"),
    .post("chunked, chunked", "Transfer-Encoding: chunked, chunked", body: "0\r\n\r\n"),
    .post("chunked twice", "Transfer-Encoding: chunked", "Transfer-Encoding: chunked", body: "0\r\n\r\n"),
    .post("xchunked", "Transfer-Encoding: xchunked", body: "0\r\n\r\n"),
    .post("chunked with a space after it", "Transfer-Encoding: chunked ", body: "0\r\n\r\n"),
    .post("identity", "Transfer-Encoding: identity", "Content-Length: 2"),
    RefusedHead(
      "chunked in HTTP/1.0", "POST / HTTP/1.0\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    .post("no hexadecimal chunk size", "Transfer-Encoding: chunked", body: "zz\r\n{}\r\n0\r\n\r\n"),
    .post("negative chunk size", "Transfer-Encoding: chunked", body: "-2\r\n{}\r\n0\r\n\r\n"),
    .post(
      "chunk size beyond 64 bits", "Transfer-Encoding: chunked", body: "11111111111111111\r\n", status: 413),
    .post("chunk longer than said", "Transfer-Encoding: chunked", body: "1\r\n{}\r\n0\r\n\r\n"),
    RefusedHead("two hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"),
    RefusedHead("no host", "GET / HTTP/1.1\r\n\r\n"),
  ]

  static let requestLines: [RefusedHead] = [
    RefusedHead("HTTP/0.9", "GET /\r\n"),
    RefusedHead("a NUL for a line before it", "\0\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n"),
    RefusedHead("a line that begins with a NUL before it", "\0GET /x\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n"),
    RefusedHead("an empty line and one of a NUL before it", "\r\n\0\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n"),
    RefusedHead("a bare LF before it", "\nGET / HTTP/1.1\r\nHost: h\r\n\r\n"),
    RefusedHead("two empty lines before it", "\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n"),
    RefusedHead("a CR before it", "\rGET / HTTP/1.1\r\nHost: h\r\n\r\n"),
    RefusedHead("a NUL before the method", "\0GET / HTTP/1.1\r\nHost: h\r\n\r\nX: y\r\n\r\n"),
    RefusedHead("a control before the method", "\u{1}GET / HTTP/1.1\r\nHost: h\r\n\r\n"),
    RefusedHead("a tab before the method", "\tGET / HTTP/1.1\r\nHost: h\r\n\r\n"),
    RefusedHead("HTTP/1.2", "GET / HTTP/1.2\r\nHost: h\r\n\r\n"),
    RefusedHead("HTTP/2.0", "GET / HTTP/2.0\r\nHost: h\r\n\r\n", status: 400),
    RefusedHead("HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", status: 400),
    RefusedHead("http/1.1", "GET / http/1.1\r\nHost: h\r\n\r\n"),
    RefusedHead("authority form", "CONNECT h:443 HTTP/1.1\r\nHost: h\r\n\r\n"),
    RefusedHead("asterisk form", "OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n"),
    RefusedHead("no target", "GET  HTTP/1.1\r\nHost: h\r\n\r\n"),
    RefusedHead("a fragment", "GET /a#b HTTP/1.1\r\nHost: h\r\n\r\n"),
    RefusedHead("an empty fragment", "GET /# HTTP/1.1\r\nHost: h\r\n\r\n"),
    RefusedHead("a fragment behind a query", "GET /a?b#c HTTP/1.1\r\nHost: h\r\n\r\n"),
    RefusedHead("a fragment of a URL", "GET http://h/a#b HTTP/1.1\r\nHost: h\r\n\r\n"),
    RefusedHead("half an escape", "GET /a%2 HTTP/1.1\r\nHost: h\r\n\r\n"),
    RefusedHead("an escape that is none", "GET /a%zz HTTP/1.1\r\nHost: h\r\n\r\n"),
    RefusedHead("a percent sign", "GET /% HTTP/1.1\r\nHost: h\r\n\r\n"),
    RefusedHead("a quote in the path", "GET /a\"b HTTP/1.1\r\nHost: h\r\n\r\n"),
    RefusedHead("a backslash in the path", "GET /a\\b HTTP/1.1\r\nHost: h\r\n\r\n"),
    RefusedHead("two spaces before the target", "GET  / HTTP/1.1\r\nHost: h\r\n\r\n"),
    RefusedHead("two spaces after the target", "GET /  HTTP/1.1\r\nHost: h\r\n\r\n"),
    RefusedHead("a space in the target", "GET /a b HTTP/1.1\r\nHost: h\r\n\r\n"),
    RefusedHead("a tab in the target", "GET /a\tb HTTP/1.1\r\nHost: h\r\n\r\n"),
    RefusedHead("a NUL in the target", "GET /a\0b HTTP/1.1\r\nHost: h\r\n\r\n"),
    RefusedHead("a target that is not ASCII", "GET /ä HTTP/1.1\r\nHost: h\r\n\r\n"),
    RefusedHead("bare LF after the request line", "GET / HTTP/1.1\nHost: h\r\n\r\n"),
    RefusedHead("a method that is no token", "G(T / HTTP/1.1\r\nHost: h\r\n\r\n"),
    RefusedHead("a method that is not ASCII", "GET\u{E9} / HTTP/1.1\r\nHost: h\r\n\r\n"),
  ]

  /// Hosts that are none (RFC 9110, section 7.2, and RFC 3986, section 3.2.2).
  static let noHosts =
    [
      "a/b@c", "a/b", "a@b", "user:pw@h", "h?x", "h#x", "h\\x", "a b", "a\tb", "a, b", "\"h\"", "<h>", "{h}", "h|",
      "h^", "h`",
      "\u{E4}", "h\u{212A}", "http://h", "h/", "*/", "h%", "h%2", "h%zz", ":", ":80", "h:80:80", "h:x", "h:80x", "h:-1",
      "h:+1",
      "h: 80", "h :80", "h:65536", "h:99999999999999999999", "::1", "[::1", "::1]", "[::1]x", "[::1]:x", "[::1]:65536",
      "[g::]",
      "[::1%25eth0]", "[1.2.3.4]", "[]", "[h]", "[v1.]", "[v.a]", "[vg.a]", "[v1a]", "[v1.a@b]", "[::1][::1]", "h[::1]",
      "@h", "@",
    ].map { RefusedHead("Host: \($0)", "GET / HTTP/1.1\r\nHost: \($0)\r\n\r\n") } + [
      RefusedHead("no host in HTTP/1.0", "GET / HTTP/1.0\r\nHost: a/b@c\r\n\r\n"),
      RefusedHead("two empty hosts", "GET / HTTP/1.1\r\nHost:\r\nHost:\r\n\r\n"),
    ]

  /// Expectations that nobody here meets (RFC 9110, section 10.1.1).
  static let expectations =
    [
      "200-ok", "100", "100-continue2", "100-continue, 200-ok", "200-ok,100-continue", "100-continue;q=1",
      "100-continue=1",
      "\"100-continue\"", "100-continue, \"", "100-continue, 100-continue", "100-continue,", "x=\"100-continue\"",
      "\u{E4}",
    ].map { RefusedHead.post("Expect: \($0)", "Content-Length: 2", "Expect: \($0)", status: 417) } + [
      .post("two fields, one empty", "Content-Length: 2", "Expect:", "Expect: 100-continue", status: 417),
      .post("two fields", "Content-Length: 2", "Expect: 100-continue", "Expect: 200-ok", status: 417),
      .post("two fields, the other first", "Content-Length: 2", "Expect: 200-ok", "Expect: 100-continue", status: 417),
      RefusedHead("without a body", "GET / HTTP/1.1\r\nHost: h\r\nExpect: 200-ok\r\n\r\n", status: 417),
      RefusedHead(
        "in HTTP/1.0", "POST / HTTP/1.0\r\nHost: h\r\nContent-Length: 2\r\nExpect: 200-ok\r\n\r\n{}", status: 417),
    ]

  /// URLs that can't be asked for here (RFC 9112, section 3.2.2).
  static let urls =
    [
      "http\u{1A}\u{F}\u{F}h/x", "http:", "http:/", "http:/x", "http:x", "http://", "http:///", "http:///x",
      "http://?x", "http://:80/x",
      "http://u@h/x",
      "http://u:p@h/x", "http://@h/x", "http://h:x/x", "http://h:65536/x", "http://[::1/x", "http://h%zz/x",
      "http://h#x",
      "http://h\\x/", "http:\\\\h/", "ftp://h/x", "ws://h/x", "httpss://h/x", "xhttp://h/x", "h:443", "h", "*", "?x",
      "#", "h/x",
    ].map { RefusedHead($0, "GET \($0) HTTP/1.1\r\nHost: h\r\n\r\n") } + [
      RefusedHead("a URL without Host", "GET http://h/ HTTP/1.1\r\n\r\n"),
      RefusedHead("a URL with a Host that is none", "GET http://h/ HTTP/1.1\r\nHost: a/b@c\r\n\r\n"),
      RefusedHead("a URL with two Hosts", "GET http://h/ HTTP/1.1\r\nHost: h\r\nHost: h\r\n\r\n"),
    ]

  static let fieldLines: [RefusedHead] = [
    .post("space before the colon", "Content-Length : 2"),
    .post("tab before the colon", "X-A\t: 2", "Content-Length: 2"),
    .post("space in a name", "X A: 2", "Content-Length: 2"),
    .post("no colon", "Content-Length"),
    .post("no name", ": 2", "Content-Length: 2"),
    .post("bare LF after a field", "X-A: 1\nContent-Length: 2"),
    .post("bare CR in a value", "X-A: 1\rX-B: 2", "Content-Length: 2"),
    .post("NUL in a value", "X-A: 1\0", "Content-Length: 2"),
    .post("NUL in the length", "Content-Length: 2\0x"),
    .post("NUL in a name", "X-\0A: 1", "Content-Length: 2"),
    .post("control character in a value", "X-A: 1\u{1}", "Content-Length: 2"),
    .post("DEL in a value", "X-A: 1\u{7F}", "Content-Length: 2"),
    .post("folded line", "X-A: 1", " 2", "Content-Length: 2"),
    .post("folded line with a tab", "X-A: 1", "\t2", "Content-Length: 2"),
    .post("a fold that would make a length", "Content-: 2", " Length"),
    .post("a fold that would hide a coding", "Transfer-Encoding: chunked", " x", "Content-Length: 2"),
    .post("folded first line", "Content-Length: 2", " "),
    RefusedHead("bare LF at the end", "GET / HTTP/1.1\r\nHost: h\r\n\n"),
    RefusedHead("bare LF everywhere", "GET / HTTP/1.1\nHost: h\n\n"),
    RefusedHead("a fold before the first field", "GET / HTTP/1.1\r\n X: 1\r\nHost: h\r\n\r\n"),
  ]
}
