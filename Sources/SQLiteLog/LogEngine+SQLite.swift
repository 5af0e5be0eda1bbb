// The log on SQLite: engine and tables, joined here and nowhere else.

package import LogEngine
import LogStorage
package import Migrations
package import SQLiteStore

extension LogEngine {
  /// Opens the log that is at `location`, or makes it.
  package static func open(
    _ location: Location, options: LogOptions, migrations: [Migration] = Migration.all
  ) throws -> LogEngine {
    try LogEngine(
      SQLiteStore.open(location, options: options.store, migrations: migrations),
      options: options.engine)
  }
}
