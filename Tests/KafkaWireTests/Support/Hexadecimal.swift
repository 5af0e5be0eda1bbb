func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
  let digits = Array("0123456789abcdef".utf8)
  var text: [UInt8] = []
  for byte in bytes {
    text.append(digits[Int(byte >> 4)])
    text.append(digits[Int(byte & 0x0f)])
  }
  return String(decoding: text, as: UTF8.self)
}

/// The bytes that a vector's hexadecimal text stands for; the text is ours, so a fault in it traps.
func bytes(hexadecimal text: String) -> [UInt8] {
  let digits = Array(text.utf8).map { digit -> UInt8 in
    digit < UInt8(ascii: "a") ? digit - UInt8(ascii: "0") : digit - UInt8(ascii: "a") + 10
  }
  precondition(digits.count.isMultiple(of: 2), "a byte has two digits")
  return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
}
