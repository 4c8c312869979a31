/* The virtual table sqlite_dbpage, which `sqlite3 FILE .recover` needs and the SQLite of Debian and
 * Ubuntu is built without: page `pgno` of the main database as the file has it. The write-ahead log
 * has to be folded into the file before. https://www.sqlite.org/dbpage.html
 *
 * Loaded into the program by `.load`; it calls the library that the program is linked with.
 */

#include <fcntl.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PGNO, DATA };

struct table {
    sqlite3_vtab base;
    sqlite3 *database;
};

struct cursor {
    sqlite3_vtab_cursor base;
    int file;
    int page_size;
    sqlite3_int64 page, last;
};

static int make(sqlite3 *database, void *unused, int argc, const char *const *argv,
                sqlite3_vtab **made, char **error) {
    struct table *table = calloc(1, sizeof *table);
    (void)unused, (void)argc, (void)argv, (void)error;
    if (!table)
        return SQLITE_NOMEM;
    table->database = database;
    *made = &table->base;
    return sqlite3_declare_vtab(
        database, "CREATE TABLE x(pgno INTEGER PRIMARY KEY, data BLOB, schema HIDDEN)");
}

static int forget(sqlite3_vtab *table) {
    free(table);
    return SQLITE_OK;
}

/* idxNum 1: the page is the last argument; an argument before it is the schema, always "main". */
static int plan(sqlite3_vtab *table, sqlite3_index_info *info) {
    int arguments = 0, page = -1;
    (void)table;
    for (int i = 0; i < info->nConstraint; i++) {
        if (!info->aConstraint[i].usable || info->aConstraint[i].op != SQLITE_INDEX_CONSTRAINT_EQ)
            continue;
        if (info->aConstraint[i].iColumn <= PGNO)
            page = i;
        else {
            info->aConstraintUsage[i].argvIndex = ++arguments;
            info->aConstraintUsage[i].omit = 1;
        }
    }
    if (page >= 0) {
        info->aConstraintUsage[page].argvIndex = ++arguments;
        info->aConstraintUsage[page].omit = 1;
        info->idxNum = 1;
    }
    info->estimatedCost = page >= 0 ? 1 : 1e6;
    return SQLITE_OK;
}

static int open_cursor(sqlite3_vtab *table, sqlite3_vtab_cursor **made) {
    struct cursor *cursor = calloc(1, sizeof *cursor);
    const char *path = sqlite3_db_filename(((struct table *)table)->database, "main");
    if (!cursor)
        return SQLITE_NOMEM;
    cursor->file = open(path, O_RDONLY);
    *made = &cursor->base;
    return cursor->file < 0 ? SQLITE_CANTOPEN : SQLITE_OK;
}

static int close_cursor(sqlite3_vtab_cursor *base) {
    struct cursor *cursor = (struct cursor *)base;
    close(cursor->file);
    free(cursor);
    return SQLITE_OK;
}

/* What the program takes for the size of a page; it may have found it out from the pages. */
static int page_size(struct cursor *cursor) {
    sqlite3_stmt *asked;
    int size = 512;
    sqlite3 *database = ((struct table *)cursor->base.pVtab)->database;
    if (sqlite3_prepare_v2(database, "PRAGMA main.page_size", -1, &asked, 0) == SQLITE_OK &&
        sqlite3_step(asked) == SQLITE_ROW)
        size = sqlite3_column_int(asked, 0);
    sqlite3_finalize(asked);
    return size;
}

static int find(sqlite3_vtab_cursor *base, int one, const char *unused, int argc,
                sqlite3_value **argv) {
    struct cursor *cursor = (struct cursor *)base;
    (void)unused;
    cursor->page_size = page_size(cursor);
    cursor->page = 1;
    cursor->last = lseek(cursor->file, 0, SEEK_END) / cursor->page_size;
    if (one) {
        sqlite3_int64 page = sqlite3_value_int64(argv[argc - 1]);
        if (page >= 1 && page <= cursor->last)
            cursor->page = cursor->last = page;
        else
            cursor->last = 0;
    }
    return SQLITE_OK;
}

static int next(sqlite3_vtab_cursor *base) {
    ((struct cursor *)base)->page++;
    return SQLITE_OK;
}

static int is_end(sqlite3_vtab_cursor *base) {
    struct cursor *cursor = (struct cursor *)base;
    return cursor->page > cursor->last;
}

static int column(sqlite3_vtab_cursor *base, sqlite3_context *context, int which) {
    struct cursor *cursor = (struct cursor *)base;
    if (which == PGNO)
        sqlite3_result_int64(context, cursor->page);
    else if (which == DATA) {
        char *data = sqlite3_malloc(cursor->page_size);
        if (!data)
            return SQLITE_NOMEM;
        memset(data, 0, cursor->page_size);
        if (pread(cursor->file, data, cursor->page_size,
                  (cursor->page - 1) * cursor->page_size) < 0)
            return SQLITE_IOERR;
        sqlite3_result_blob(context, data, cursor->page_size, sqlite3_free);
    } else
        sqlite3_result_text(context, "main", -1, SQLITE_STATIC);
    return SQLITE_OK;
}

static int rowid(sqlite3_vtab_cursor *base, sqlite3_int64 *page) {
    *page = ((struct cursor *)base)->page;
    return SQLITE_OK;
}

static const sqlite3_module module = {
    .xConnect = make, .xBestIndex = plan, .xDisconnect = forget, .xOpen = open_cursor,
    .xClose = close_cursor, .xFilter = find, .xNext = next, .xEof = is_end, .xColumn = column,
    .xRowid = rowid,
};

int sqlite3_dbpage_init(sqlite3 *database, char **error, const void *unused) {
    (void)error, (void)unused;
    return sqlite3_create_module(database, "sqlite_dbpage", &module, 0);
}
