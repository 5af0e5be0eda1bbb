import ActaClient

/// A line of JSON a record, as kcat's `-J` prints it.
///
/// Bytes that are no UTF-8 stand in it as they are, as kcat has them: what reads it decides.
struct EnvelopeFormatter: RecordFormatter {
  /// Who leads each partition; where that is not known nothing is said of a broker.
  let leaders: [TopicPartition: Int32]

  func write(_ record: FetchedRecord, to output: inout [UInt8]) {
    output += #"{"topic":"#.utf8
    writeString(record.topic.utf8, to: &output)
    output += #","partition":\#(record.partition),"offset":\#(record.offset)"#.utf8
    if let timestamp = record.timestamp {
      let type = record.timestampType == .logAppendTime ? "logappend" : "create"
      output += #","tstype":"\#(type)","ts":\#(timestamp)"#.utf8
    }
    if let leader = leaders[TopicPartition(record.topic, record.partition)] {
      output += #","broker":\#(leader)"#.utf8
    }
    if !record.headers.isEmpty { writeHeaders(record.headers, to: &output) }
    output += #","key":"#.utf8
    writeString(record.key, to: &output)
    output += #","payload":"#.utf8
    writeString(record.value, to: &output)
    output += "}\n".utf8
  }

  /// Names and values in turn, since a name may be there twice.
  private func writeHeaders(_ headers: [Header], to output: inout [UInt8]) {
    output += #","headers":["#.utf8
    for (place, header) in headers.enumerated() {
      if place > 0 { output.append(UInt8(ascii: ",")) }
      writeString(header.name.utf8, to: &output)
      output.append(UInt8(ascii: ","))
      writeString(header.value, to: &output)
    }
    output.append(UInt8(ascii: "]"))
  }

  private func writeString(_ bytes: [UInt8]?, to output: inout [UInt8]) {
    if let bytes {
      writeString(bytes, to: &output)
    } else {
      output += "null".utf8
    }
  }

  private func writeString(_ bytes: some Sequence<UInt8>, to output: inout [UInt8]) {
    output.append(UInt8(ascii: "\""))
    for byte in bytes {
      switch byte {
      case UInt8(ascii: "\""): output += #"\""#.utf8
      case UInt8(ascii: "\\"): output += #"\\"#.utf8
      case 0x08: output += #"\b"#.utf8
      case 0x09: output += #"\t"#.utf8
      case 0x0a: output += #"\n"#.utf8
      case 0x0c: output += #"\f"#.utf8
      case 0x0d: output += #"\r"#.utf8
      case 0..<0x20:
        let digits = Array("0123456789ABCDEF".utf8)
        output += #"\u00"#.utf8
        output += [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      default: output.append(byte)
      }
    }
    output.append(UInt8(ascii: "\""))
  }
}
