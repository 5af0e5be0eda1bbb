package import ActaModel
package import Bytes

/// AlterUserScramCredentials, version 0; flexible. Sets and removes what users authenticate with.
package struct AlterUserScramCredentialsRequest: RequestMessage {
  package typealias Response = AlterUserScramCredentialsResponse
  package static let api = APIKey.alterUserScramCredentials

  package var deletions: [Deletion] = []
  package var upsertions: [Upsertion] = []

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("Deletions", &deletions)
    try c.field("Upsertions", &upsertions)
  }

  package struct Deletion: WireStruct {
    package var name = ""
    package var mechanism: Int8 = 0

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("Name", &name)
      try c.field("Mechanism", &mechanism)
    }
  }

  package struct Upsertion: WireStruct {
    package var name = ""
    package var mechanism: Int8 = 0
    package var iterations: Int32 = 0
    package var salt = ByteSlice()
    package var saltedPassword = ByteSlice()

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("Name", &name)
      try c.field("Mechanism", &mechanism)
      try c.field("Iterations", &iterations)
      try c.field("Salt", &salt)
      try c.field("SaltedPassword", &saltedPassword)
    }
  }
}

package struct AlterUserScramCredentialsResponse: ResponseMessage {
  package static let api = APIKey.alterUserScramCredentials

  package var throttleTimeMilliseconds: Int32 = 0
  package var results: [Result] = []

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("ThrottleTimeMs", &throttleTimeMilliseconds)
    try c.field("Results", &results)
  }

  package struct Result: WireStruct {
    package var user = ""
    package var errorCode = ErrorCode.none
    package var errorMessage: String?

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("User", &user)
      try c.field("ErrorCode", &errorCode)
      try c.field("ErrorMessage", &errorMessage, nullableSince: 0)
    }
  }
}
