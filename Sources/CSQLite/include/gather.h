#ifndef CONVENE_CSQLITE_GATHER_H
#define CONVENE_CSQLITE_GATHER_H
#include <sqlite3.h>

// The name of a VFS (sqlite.org/vfs.html) that writes a database's write-ahead log in few calls, and does all else as
// SQLite's own. `gather.c` says how, and why that is safe.
#define CONVENE_SQLITE_GATHERING "convene-gathering"

// Makes the VFS known to this process, beside the default one, which stays the default. To be called once, and after
// `sqlite3_config`. Returns a result code of SQLite's.
int convene_sqlite_register_gathering(void);

#endif
