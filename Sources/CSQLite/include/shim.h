#ifndef CONVENE_CSQLITE_SHIM_H
#define CONVENE_CSQLITE_SHIM_H
#include <sqlite3.h>

// sqlite3_config is variadic, which Swift can't call. The following must come before anything else that SQLite is asked for
// (sqlite.org/c3ref/config.html); where something did, it changes nothing and says so.

// No count of the memory in use, which takes a lock at each allocation and which nobody asks for.
static inline int convene_sqlite_count_no_memory(void) { return sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); }

// A database in the file system in memory may have so many bytes; 1 GiB where nobody says.
static inline int convene_sqlite_limit_memory_files(sqlite3_int64 bytes) {
  return sqlite3_config(SQLITE_CONFIG_MEMDB_MAXSIZE, bytes);
}

// What follows is of one connection.

// "text" in double quotes is a name, and never a text (sqlite.org/quirks.html, section 8). sqlite3_db_config is variadic, too.
static inline void convene_sqlite_forbid_quoted_texts(sqlite3 *connection) {
  sqlite3_db_config(connection, SQLITE_DBCONFIG_DQS_DDL, 0, (int *)0);
  sqlite3_db_config(connection, SQLITE_DBCONFIG_DQS_DML, 0, (int *)0);
}

// A macro that Swift can't import.
static const int convene_sqlite_no_space_for_index = SQLITE_IOERR_SHMSIZE;

#endif
