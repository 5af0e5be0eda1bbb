/// The schema, step by step: the `.sql` files of the top-level `migrations/` folder, embedded in
/// the binary, in their order. This module knows no database; it only hands out text.
///
/// A released file is never edited: databases carry a checksum of what was applied to them.
package struct Migration: Sendable {
  /// 1, 2, 3, … without a gap.
  package let version: Int64
  /// The file's name without version and suffix.
  package let name: String
  package let sql: String

  package init(version: Int64, name: String, sql: String) {
    self.version = version
    self.name = name
    self.sql = sql
  }

  /// FNV-1a of the text, 64 bits in hexadecimal: it tells an edit from no edit, and is no
  /// protection against anyone who means harm.
  package var checksum: String {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in sql.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  /// Every migration, oldest first.
  package static let all: [Migration] = [
    Migration(1, "log", PackageResources.v0001_log_sql),
    Migration(2, "groups", PackageResources.v0002_groups_sql),
    Migration(3, "principals", PackageResources.v0003_principals_sql),
    Migration(4, "change_marks", PackageResources.v0004_change_marks_sql),
    Migration(5, "sql_views", PackageResources.v0005_sql_views_sql),
    Migration(6, "configuration", PackageResources.v0006_configuration_sql),
    Migration(7, "compaction", PackageResources.v0007_compaction_sql),
    Migration(8, "unread_losses", PackageResources.v0008_unread_losses_sql),
    Migration(9, "client_quotas", PackageResources.v0009_client_quotas_sql),
    Migration(10, "transactions", PackageResources.v0010_transactions_sql),
    Migration(11, "running_sums", PackageResources.v0011_running_sums_sql),
  ]

  private init(_ version: Int64, _ name: String, _ bytes: [UInt8]) {
    self.init(version: version, name: name, sql: String(decoding: bytes, as: UTF8.self))
  }
}
