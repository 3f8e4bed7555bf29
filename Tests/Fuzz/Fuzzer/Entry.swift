internal import Glibc

/// The target that `--target=NAME` names; libFuzzer passes over what begins with two hyphens.
private let target: FuzzTarget = {
  let flag = "--target="
  let name = CommandLine.arguments.last { $0.hasPrefix(flag) }?.dropFirst(flag.count)
  guard let name, let target = FuzzTarget(rawValue: String(name)) else {
    say("--target=NAME is needed, one of: \(FuzzTarget.allCases.map(\.rawValue).joined(separator: ", "))")
    exit(2)
  }
  return target
}()

/// What libFuzzer calls once, at the start. LeakSanitizer takes for lost what only an enumeration's payload points to, where the
/// case is kept in the pointer's spare bits: what is made once and stays is not looked at.
@_cdecl("LLVMFuzzerInitialize")
public func initialize(_: UnsafeMutablePointer<CInt>?, _: UnsafeMutableRawPointer?) -> CInt {
  typealias Switch = @convention(c) () -> Void
  func leakCheck(_ name: String) -> Switch? {
    dlsym(nil, name).map { unsafeBitCast($0, to: Switch.self) }
  }
  leakCheck("__lsan_disable")?()
  for input in ["", "{}", "a\n", "200\n\n{}", "version: 1\n"] { try? target.check(Array(input.utf8)) }
  _ = (FuzzPolicy.lenient, FuzzPolicy.strict)
  leakCheck("__lsan_enable")?()
  return 0
}

/// What libFuzzer calls with each input. (libFuzzer, "Fuzz Target".)
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
  do throws(Violation) {
    try target.check(Array(UnsafeBufferPointer(start: start, count: size)))
  } catch {
    say("\(target.rawValue): \(error)")
    abort()
  }
  return 0
}

private func say(_ text: String) {
  let line = Array("convene-fuzz: \(text)\n".utf8)
  _ = write(STDERR_FILENO, line, line.count)
}
