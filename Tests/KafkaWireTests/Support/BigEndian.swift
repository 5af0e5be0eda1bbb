import Bytes

/// Integers one after another, as the wire has them.
func bigEndian<each Value: FixedWidthInteger>(_ values: repeat each Value) -> [UInt8] {
  var bytes: [UInt8] = []
  for value in repeat each values { bytes.appendInteger(value) }
  return bytes
}

func zeros(_ count: Int) -> [UInt8] { [UInt8](repeating: 0, count: count) }
