extension Double {
  /// With commas between thousands, and as many decimals as it has.
  var grouped: String {
    let parts = description.split(separator: ".")
    var text = ""
    for (index, digit) in (parts.first ?? "").enumerated() {
      if index > 0, (parts[0].count - index).isMultiple(of: 3) { text.append(",") }
      text.append(digit)
    }
    return parts.count == 2 && parts[1] != "0" ? text + "." + parts[1] : text
  }
}
