package import ActaModel

/// DescribeUserScramCredentials, version 0; flexible. Who can authenticate with SCRAM.
package struct DescribeUserScramCredentialsRequest: RequestMessage {
  package typealias Response = DescribeUserScramCredentialsResponse
  package static let api = APIKey.describeUserScramCredentials

  package var users: [User]? = []

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("Users", &users, nullableSince: 0)
  }

  package struct User: WireStruct {
    package var name = ""

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("Name", &name)
    }
  }
}

package struct DescribeUserScramCredentialsResponse: ResponseMessage {
  package static let api = APIKey.describeUserScramCredentials

  package var throttleTimeMilliseconds: Int32 = 0
  package var errorCode = ErrorCode.none
  package var errorMessage: String?
  package var results: [Result] = []

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("ThrottleTimeMs", &throttleTimeMilliseconds)
    try c.field("ErrorCode", &errorCode)
    try c.field("ErrorMessage", &errorMessage, nullableSince: 0)
    try c.field("Results", &results)
  }

  package struct Result: WireStruct {
    package var user = ""
    package var errorCode = ErrorCode.none
    package var errorMessage: String?
    package var credentialInfos: [Credential] = []

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("User", &user)
      try c.field("ErrorCode", &errorCode)
      try c.field("ErrorMessage", &errorMessage, nullableSince: 0)
      try c.field("CredentialInfos", &credentialInfos)
    }
  }

  package struct Credential: WireStruct {
    package var mechanism: Int8 = 0
    package var iterations: Int32 = 0

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("Mechanism", &mechanism)
      try c.field("Iterations", &iterations)
    }
  }
}
