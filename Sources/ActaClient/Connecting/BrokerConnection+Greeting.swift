import ActaModel
import Bytes
import ClientCore
import KafkaWire

// What the broker speaks, which is asked before anything else.
extension BrokerConnection {
  /// Of ApiVersions every version is answered, an unknown one with what is known.
  func linkOpened() {
    phase = .greeting
    greet(version: 4)
  }

  private func greet(version: Int16) {
    var request = ApiVersionsRequest()
    request.clientSoftwareName = ClientIdentity.softwareName
    request.clientSoftwareVersion = ClientIdentity.softwareVersion
    do throws(ClientFailure) {
      // An answer that refuses the version is of version 0, so the frame is looked at here.
      try put(request, version: version, deadline: requestDeadline) { [unowned self] answer in
        if case .success(let frame) = answer { greeted(frame, version: version) }
      }
    } catch {
      end(because: error.sentence)
    }
  }

  private func greeted(_ frame: ByteSlice, version: Int16) {
    do {
      let code = frame.integer(at: 4, as: Int16.self).map { ErrorCode(rawValue: $0) }
      if code == .unsupportedVersion, version > 0 { return greet(version: 0) }
      let (_, answer) = try Frame.decode(ApiVersionsResponse.self, from: frame, version: version)
      let versions = try SpokenVersions(answer)
      if let sasl = identity.sasl { authenticate(sasl, versions) } else { become(versions) }
    } catch {
      end(because: "\(name) does not say what it speaks: \(error)")
    }
  }
}
