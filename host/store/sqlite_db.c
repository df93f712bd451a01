/* Opens and migrates the database file, and says what an sqlite error means for a job. */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "store/sqlite-private.h"

#define APPLICATION_ID 0x41474854 /* "AGHT": tells `file` and us whose database it is */

/* After such a result the connection itself is of no more use. */
static bool must_reopen(int code)
{
    switch (code & 0xff) {
    case SQLITE_READONLY:
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return true;
    default:
        return false;
    }
}

static enum err_kind kind_of(int code)
{
    switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_FULL:
    case SQLITE_NOMEM:
    case SQLITE_PROTOCOL:
        return ERR_AGAIN;
    case SQLITE_CONSTRAINT:
    case SQLITE_TOOBIG:
    case SQLITE_MISMATCH:
        return ERR_INVALID;
    default:
        return must_reopen(code) ? ERR_AGAIN : ERR_INTERNAL;
    }
}

bool sqlite_db_fail(struct sqlite_db *db, int code, const char *doing, struct err *err)
{
    const char *text = db->handle != NULL && sqlite3_extended_errcode(db->handle) == code
                           ? sqlite3_errmsg(db->handle)
                           : sqlite3_errstr(code);
    db->must_reopen = db->must_reopen || must_reopen(code);
    return err_set(err, kind_of(code), "%s: %s (sqlite %d)", doing, text, code);
}

static bool execute(struct sqlite_db *db, const char *sql, const char *doing, struct err *err)
{
    int code = sqlite3_exec(db->handle, sql, NULL, NULL, NULL);
    return code == SQLITE_OK || sqlite_db_fail(db, code, doing, err);
}

/* The first column of the first row as a number, or as text into ret_text. */
static bool ask(struct sqlite_db *db, const char *sql, int64_t *ret_number, char *ret_text,
                size_t text_bytes, struct err *err)
{
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(db->handle, sql, -1, &statement, NULL);
    if (code == SQLITE_OK) {
        code = sqlite3_step(statement);
    }
    if (code != SQLITE_ROW) {
        sqlite3_finalize(statement);
        return sqlite_db_fail(db, code, "reading the store's schema", err);
    }
    if (ret_number != NULL) {
        *ret_number = sqlite3_column_int64(statement, 0);
    } else {
        const unsigned char *text = sqlite3_column_text(statement, 0);
        (void)snprintf(ret_text, text_bytes, "%s", text != NULL ? (const char *)text : "");
    }
    sqlite3_finalize(statement);
    return true;
}

static bool migrate_step(struct sqlite_db *db, int64_t version, struct err *err)
{
    char sql[160];
    if (version == 0) {
        char uuid[HASH_UUID_BYTES];
        hash_uuid4(uuid);
        (void)snprintf(sql, sizeof(sql),
                       "PRAGMA application_id = %d; INSERT INTO meta VALUES ('store_uuid', '%s');",
                       APPLICATION_ID, uuid);
    } else {
        sql[0] = '\0';
    }
    size_t len = strlen(sql);
    (void)snprintf(sql + len, sizeof(sql) - len, "PRAGMA user_version = %d;", (int)version + 1);
    return execute(db, SQLITE_MIGRATIONS[version], "migrating the store", err) &&
           execute(db, sql, "migrating the store", err);
}

/* In a write transaction, so that two processes starting at once migrate once. */
static bool migrate_locked(struct sqlite_db *db, struct err *err)
{
    int64_t version = 0, tables = 0;
    if (!ask(db, "PRAGMA user_version", &version, NULL, 0, err) ||
        !ask(db, "SELECT count(*) FROM sqlite_master", &tables, NULL, 0, err)) {
        return false;
    }
    if (version > SQLITE_SCHEMA_VERSION) {
        return err_set(err, ERR_INVALID,
                       "%s was written by a newer agenthost (schema %lld, this one knows %d)",
                       db->path, (long long)version, SQLITE_SCHEMA_VERSION);
    }
    if (version == 0 && tables > 0) {
        return err_set(err, ERR_INVALID, "%s is the database of another program", db->path);
    }
    for (; version < SQLITE_SCHEMA_VERSION; version++) {
        if (!migrate_step(db, version, err)) {
            return false;
        }
    }
    return true;
}

static bool migrate(struct sqlite_db *db, struct err *err)
{
    int64_t version = 0;
    if (!ask(db, "PRAGMA user_version", &version, NULL, 0, err)) {
        return false;
    }
    if (version == SQLITE_SCHEMA_VERSION) {
        return true;
    }
    if (!execute(db, "BEGIN IMMEDIATE", "migrating the store", err)) {
        return false;
    }
    if (!migrate_locked(db, err)) {
        (void)sqlite3_exec(db->handle, "ROLLBACK", NULL, NULL, NULL); /* the first error counts */
        return false;
    }
    return execute(db, "COMMIT", "migrating the store", err);
}

static bool check_uuid(struct sqlite_db *db, struct err *err)
{
    char uuid[HASH_UUID_BYTES];
    if (!ask(db, "SELECT value FROM meta WHERE key = 'store_uuid'", NULL, uuid, sizeof(uuid),
             err)) {
        return false;
    }
    if (!atomic_load(&db->is_uuid_known)) {
        memcpy(db->uuid, uuid, sizeof(uuid));
        atomic_store(&db->is_uuid_known, true);
    } else if (strcmp(db->uuid, uuid) != 0) {
        return err_set(err, ERR_AGAIN,
                       "%s was replaced by another store; put back the old one"
                       " or restart",
                       db->path);
    }
    return true;
}

/* Makes the file readable by its owner alone before sqlite would make it by the umask, and
 * tells a wrong path from a disk that is out of order. */
static bool touch(struct sqlite_db *db, struct err *err)
{
    bool is_first = !atomic_load(&db->is_uuid_known);
    int fd = open(db->path, O_RDWR | O_CLOEXEC | (is_first ? O_CREAT : 0), 0600);
    if (fd >= 0) {
        close(fd);
        return true;
    }
    int error = errno;
    bool is_wrong =
        is_first && (error == ENOENT || error == ENOTDIR || error == EISDIR || error == EACCES ||
                     error == EPERM || error == ELOOP || error == ENAMETOOLONG);
    return err_set(err, is_wrong ? ERR_INVALID : ERR_AGAIN, "cannot open the store %s: %s",
                   db->path, strerror(error));
}

bool sqlite_db_open(struct sqlite_db *db, struct err *err)
{
    assert(db->handle == NULL);
    if (!touch(db, err)) {
        return false;
    }
    int code =
        sqlite3_open_v2(db->path, &db->handle,
                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);
    bool is_open = code == SQLITE_OK || sqlite_db_fail(db, code, "opening the store", err);
    if (is_open) {
        (void)sqlite3_busy_timeout(db->handle, db->busy_ms); /* cannot fail */
    }
    is_open = is_open &&
              execute(db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;",
                      "opening the store", err) &&
              migrate(db, err) && check_uuid(db, err);
    db->is_durable = true;
    if (!is_open) {
        int primary = db->handle != NULL ? sqlite3_errcode(db->handle) & 0xff : SQLITE_OK;
        if ((primary == SQLITE_NOTADB || primary == SQLITE_CORRUPT) &&
            !atomic_load(&db->is_uuid_known)) {
            err->kind = ERR_INVALID; /* waiting does not mend it */
        }
        sqlite_db_close(db);
    }
    return is_open;
}

void sqlite_db_close(struct sqlite_db *db)
{
    for (size_t i = 0; i < SQLITE_STATEMENTS; i++) {
        sqlite3_finalize(db->statements[i]);
        db->statements[i] = NULL;
    }
    int code = sqlite3_close(db->handle);
    assert(code == SQLITE_OK); /* every statement is finalized above */
    db->handle = NULL;
    db->must_reopen = false;
}

bool sqlite_db_has_moved(struct sqlite_db *db)
{
    int has_moved = 0;
    int code = sqlite3_file_control(db->handle, "main", SQLITE_FCNTL_HAS_MOVED, &has_moved);
    return code == SQLITE_OK && has_moved != 0;
}
