extension Duration {
  /// In the largest unit that divides it, as the configuration writes it.
  package var text: String {
    let milliseconds = components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
    for (name, unit) in [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000)] as [(String, Int64)]
    where milliseconds % unit == 0 && (milliseconds > 0 || name == "s") {
      return "\(milliseconds / unit)\(name)"
    }
    return "\(milliseconds)ms"
  }
}
