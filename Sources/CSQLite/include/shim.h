#ifndef CONVENE_CSQLITE_SHIM_H
#define CONVENE_CSQLITE_SHIM_H
#include <sqlite3.h>

// sqlite3_config is variadic, which Swift can't call. All of this must come before anything else that SQLite is asked for
// (sqlite.org/c3ref/config.html); where something did, it changes nothing and says so.

// No count of the memory in use, which takes a lock at each allocation and which nobody asks for.
static inline int convene_sqlite_count_no_memory(void) { return sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); }

// A path may be a URI, with parameters.
static inline int convene_sqlite_allow_uris(void) { return sqlite3_config(SQLITE_CONFIG_URI, 1); }

// A database in the file system in memory may have so many bytes; 1 GiB where nobody says.
static inline int convene_sqlite_limit_memory_files(sqlite3_int64 bytes) {
  return sqlite3_config(SQLITE_CONFIG_MEMDB_MAXSIZE, bytes);
}

#endif
