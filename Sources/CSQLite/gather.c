#include "gather.h"

#include <stdlib.h>
#include <string.h>

// SQLite writes each frame of its log in two calls: 24 bytes of a header, then the page. A transaction's frames lie one
// behind the other, so here they are gathered and written in one call. Function names below are of SQLite's wal.c, as of
// 3.40; the file formats are in sqlite.org/walformat.html.
//
// What is gathered must be in the file before anybody is told that it is there.
// - Other connections look in the file for what the log's index, in shared memory, has published. A commit is published by
//   `walIndexWriteHdr` after the log was synced, and a sync writes first what is gathered: where that fails, the sync and
//   the commit fail with its error. Without a sync there is none before it (`synchronous` NORMAL or OFF, or a device
//   without SQLITE_IOCAP_POWERSAFE_OVERWRITE, where the last frames come after the sync). For these there is the memory
//   barrier: `walIndexWriteHdr` asks for it between the two copies of the index's header, and while they differ no reader
//   trusts them. So it writes, too; and since it can't fail, the process ends where the write does.
// - A transaction too large for the page cache has frames written long before its commit. They are in the index, beyond
//   what is published, and this connection alone reads them back: a read writes first what is gathered.
// - A checkpoint reads the log; at this connection's there is nothing gathered, since it isn't within a transaction.
// - After a power failure or a kill the log is valid up to the first frame whose checksum is wrong. The order in which the
//   bytes come to the file is that of SQLite's own calls: what doesn't continue the gathered bytes has them written first.
//   The header of a log that begins anew is synced by SQLite before the first frame comes.
//
// A write that was gathered has succeeded as far as SQLite knows, so a failure comes late. From then on this transaction's
// writes and syncs fail, with the same error, and so do reads of what was lost: some statement fails, and if SQLite
// undoes that one alone, the commit fails. The pages of earlier transactions can be read, which a rollback may need.
//
// A transaction ends, one way or the other, when the log's write lock is let go of. What is gathered then was rolled back,
// and is dropped: it would be harmless, but another process may be the next to write there. The failure is forgotten, too.
// (With `locking_mode` EXCLUSIVE there are no such locks, and a failure stays until the database is closed.)

// 31 frames with pages of 4096 bytes. SQLite's own VFS takes less than 128 KiB at once (os_unix.c, `seekAndWriteFd`).
enum { capacity = 31 * (24 + 4096) };

// Of the log (sqlite.org/walformat.html).
enum { header = 32 };

// The offset of WAL_WRITE_LOCK among the locks of the index (sqlite.org/walformat.html, section 2.3.1).
enum { write_lock = 0 };

struct log;

// These lie behind the bytes that the default VFS has for a file, whose methods are called with the file as it is. So only
// the methods named here are ours; the others are the default VFS's own.
struct database {
  const sqlite3_io_methods *inner;
  sqlite3_io_methods methods;
  struct log *log;  // NULL where none is open.
};

struct log {
  const sqlite3_io_methods *inner;
  sqlite3_io_methods methods;
  struct database *database;
  sqlite3_file *file;
  // Gathered: `count` bytes for the file's offset `start`.
  char *bytes;
  int count;
  sqlite3_int64 start;
  // Of this transaction, or SQLITE_OK; and the offset from which on its bytes were lost.
  int failure;
  sqlite3_int64 lost;
};

static sqlite3_vfs *standard, gathering;

static size_t size_of_inner_file(void) { return ((size_t)standard->szOsFile + 7) & ~(size_t)7; }

static struct database *database_of(sqlite3_file *file) {
  return (struct database *)((char *)file + size_of_inner_file());
}

static struct log *log_of(sqlite3_file *file) { return (struct log *)((char *)file + size_of_inner_file()); }

// Whatever comes of it, nothing is gathered after that. Returns this transaction's failure.
static int write_gathered(struct log *log) {
  if (log->count > 0) {
    int count = log->count;
    log->count = 0;
    log->failure = log->inner->xWrite(log->file, log->bytes, count, log->start);
    log->lost = log->start;
  }
  return log->failure;
}

// MARK: the log

static int log_write(sqlite3_file *file, const void *bytes, int count, sqlite3_int64 offset) {
  struct log *log = log_of(file);
  int continues = offset == log->start + log->count && count <= capacity - log->count;
  if (!continues) write_gathered(log);
  if (log->failure) return log->failure;
  if (count > capacity) return log->inner->xWrite(file, bytes, count, offset);
  if (log->count == 0) log->start = offset;
  memcpy(log->bytes + log->count, bytes, count);
  log->count += count;
  return SQLITE_OK;
}

static int log_read(sqlite3_file *file, void *bytes, int count, sqlite3_int64 offset) {
  struct log *log = log_of(file);
  int failure = write_gathered(log);
  if (failure && offset + count > log->lost) return failure;
  return log->inner->xRead(file, bytes, count, offset);
}

static int log_sync(sqlite3_file *file, int flags) {
  struct log *log = log_of(file);
  int failure = write_gathered(log);
  return failure ? failure : log->inner->xSync(file, flags);
}

// SQLite empties a log when all of it is in the database. Its header stays, by which the log can be told from one that was
// made anew where it is missing. A header alone is no log to SQLite (`walIndexRecover`).
static int log_truncate(sqlite3_file *file, sqlite3_int64 size) {
  struct log *log = log_of(file);
  int failure = write_gathered(log);
  if (failure) return failure;
  if (size == 0) {
    sqlite3_int64 now;
    failure = log->inner->xFileSize(file, &now);
    if (failure) return failure;
    size = now < header ? now : header;
  }
  return log->inner->xTruncate(file, size);
}

static int log_size(sqlite3_file *file, sqlite3_int64 *size) {
  struct log *log = log_of(file);
  int failure = write_gathered(log);
  return failure ? failure : log->inner->xFileSize(file, size);
}

static int log_close(sqlite3_file *file) {
  struct log *log = log_of(file);
  int failure = write_gathered(log);
  log->database->log = NULL;
  sqlite3_free(log->bytes);
  int result = log->inner->xClose(file);
  return failure ? failure : result;
}

// MARK: the database, for the index of its log

static int index_lock(sqlite3_file *file, int offset, int count, int flags) {
  struct database *database = database_of(file);
  if (database->log && offset == write_lock && flags == (SQLITE_SHM_UNLOCK | SQLITE_SHM_EXCLUSIVE)) {
    database->log->count = 0;
    database->log->failure = SQLITE_OK;
  }
  return database->inner->xShmLock(file, offset, count, flags);
}

static void index_barrier(sqlite3_file *file) {
  struct database *database = database_of(file);
  if (database->log && database->log->count > 0 && write_gathered(database->log)) abort();
  database->inner->xShmBarrier(file);
}

// MARK: opening

static void opened_database(sqlite3_file *file) {
  struct database *database = database_of(file);
  database->inner = file->pMethods;
  database->methods = *file->pMethods;
  database->methods.xShmLock = index_lock;
  database->methods.xShmBarrier = index_barrier;
  database->log = NULL;
  file->pMethods = &database->methods;
}

static int opened_log(sqlite3_file *file, struct database *database) {
  struct log *log = log_of(file);
  memset(log, 0, sizeof *log);
  log->bytes = sqlite3_malloc(capacity);
  if (!log->bytes) {
    file->pMethods->xClose(file);
    file->pMethods = NULL;
    return SQLITE_NOMEM;
  }
  log->inner = file->pMethods;
  log->methods = *file->pMethods;
  log->methods.xWrite = log_write;
  log->methods.xRead = log_read;
  log->methods.xSync = log_sync;
  log->methods.xTruncate = log_truncate;
  log->methods.xFileSize = log_size;
  log->methods.xClose = log_close;
  log->file = file;
  log->database = database;
  database->log = log;
  file->pMethods = &log->methods;
  return SQLITE_OK;
}

static int open_file(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *given) {
  (void)vfs;
  int result = standard->xOpen(standard, name, file, flags, given);
  if (result != SQLITE_OK) return result;
  // Version 1 has no index to share, and then no log.
  if (flags & SQLITE_OPEN_MAIN_DB && file->pMethods->iVersion >= 2) opened_database(file);
  if (flags & SQLITE_OPEN_WAL) {
    sqlite3_file *owner = sqlite3_database_file_object(name);
    if (owner->pMethods->xShmLock == index_lock) return opened_log(file, database_of(owner));
  }
  return SQLITE_OK;
}

int convene_sqlite_register_gathering(void) {
  standard = sqlite3_vfs_find(NULL);
  if (!standard) return SQLITE_ERROR;
  gathering = *standard;
  gathering.zName = CONVENE_SQLITE_GATHERING;
  gathering.xOpen = open_file;
  gathering.szOsFile =
      (int)(size_of_inner_file()
            + (sizeof(struct log) > sizeof(struct database) ? sizeof(struct log) : sizeof(struct database)));
  return sqlite3_vfs_register(&gathering, 0);
}
