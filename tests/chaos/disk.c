/* Records what a process does to the files below one folder, and refuses it when told to.

   Preloaded into the process; disk.py says by which variables, and what becomes of the trace. No
   table of descriptors is kept: which file one is, the kernel is asked at every write, through
   /proc/self/fd. So dup, fork, inheritance, renames and reuse of numbers need no care.

   An operation is done and then recorded under one lock, so the trace has the order of the disk; a
   record is one writev in append mode, so those of several processes don't mix. A killed process
   can leave one operation unrecorded: disk.py finds it by looking at the folder. fsync is only
   recorded, for nothing here cuts the power in earnest.

   What could change a file unseen (shared writable maps, splicing, allocation, second names) fails
   as on a file system that does not know it. Only what is written through a FILE stays unseen. */

#define _GNU_SOURCE
#undef _FORTIFY_SOURCE /* its inline open() can't be defined again */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <unistd.h>

_Static_assert(sizeof(off_t) == 8, "off64_t is taken for off_t, as on a 64-bit system");

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define REAL(name) ({ static __typeof__(&name) next; next ? next : (next = NEXT(name)); })
#define ALSO(other, name)                                                                          \
    extern __typeof__(name) also_##other __asm__(#other)                                           \
        __attribute__((alias(#name), copy(name)));

enum kind { BASE, CREATE, MKDIR, RENAME, UNLINK, WRITE, TRUNCATE, SYNC, MARK };

struct head { /* of a record; the two names and the data follow; HEAD in disk.py */
    char magic[8];
    uint32_t size, kind;
    uint64_t inode, offset;
    uint32_t name, other;
};

struct control { /* CONTROL in disk.py */
    _Atomic uint64_t writes, fail_from, error;
};

struct place { /* a name below the folder ("" is the folder itself), or the file for marks */
    uint64_t inode;
    bool mark, fleeting; /* SQLite's -shm means nothing after a power cut */
    char name[PATH_MAX];
};

static const char *folder = "", *marks = "";
static int trace = -1;
static struct control *control;
static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;

static void lock(void) { pthread_mutex_lock(&one_at_a_time); }
static void unlock(void) { pthread_mutex_unlock(&one_at_a_time); }

static void die(const char *what)
{
    dprintf(STDERR_FILENO, "disk.c: %s: %s\n", what, strerror(errno));
    abort();
}

/* At a high number: low ones are met by programs that hand on descriptors. */
static int keep_open(const char *variable, int flags)
{
    const char *path = getenv(variable);
    int low = REAL(open)(path ? path : "", flags | O_CLOEXEC);
    int high = fcntl(low, F_DUPFD_CLOEXEC, 400);
    if (high < 0) die(variable);
    close(low);
    return high;
}

__attribute__((constructor)) static void start(void)
{
    const char *below = getenv("GATEWAY_DISK_FOLDER"), *told = getenv("GATEWAY_DISK_MARKS");
    if (!below) return;
    int fault = keep_open("GATEWAY_DISK_FAULT", O_RDWR);
    flock(fault, LOCK_SH); /* tells disk.py that somebody runs, until we are gone */
    control = REAL(mmap)(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, fault, 0);
    if (control == MAP_FAILED) die("GATEWAY_DISK_FAULT");
    trace = keep_open("GATEWAY_DISK_TRACE", O_WRONLY | O_APPEND);
    pthread_atfork(lock, unlock, unlock);
    marks = strdup(told ? told : "");
    folder = strdup(below);
}

static void record(enum kind kind, const struct place *place, const char *other, uint64_t offset,
                   const void *data, size_t size)
{
    uint32_t a = strlen(place->name), b = strlen(other), all = sizeof(struct head) + a + b + size;
    struct head head = {"\x89" "DISK\r\n\x1a", all, kind, place->inode, offset, a, b};
    struct iovec parts[] = {
        {&head, sizeof head}, {(char *)place->name, a}, {(char *)other, b}, {(void *)data, size}};
    if (REAL(writev)(trace, parts, 4) != all) die("cannot write the trace");
}

/* The error that everything meets now; 0 if none. */
static int failing(void)
{
    return control && control->error && control->writes >= control->fail_from ? control->error : 0;
}

static int refuse(int error)
{
    errno = error;
    return -1;
}

static bool matters(struct place *place)
{
    size_t whole = strlen(place->name), n = strlen(folder);
    place->mark = *marks && !strcmp(place->name, marks);
    place->fleeting = whole > 4 && !strcmp(place->name + whole - 4, "-shm");
    if (!n || strncmp(place->name, folder, n) || (place->name[n] && place->name[n] != '/'))
        return place->mark;
    n += place->name[n] == '/';
    memmove(place->name, place->name + n, whole - n + 1);
    return true;
}

static bool ask_name(int fd, char name[PATH_MAX])
{
    char link[32];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, name, PATH_MAX - 1);
    name[n < 0 ? 0 : n] = 0;
    return n > 0;
}

/* Whether a descriptor's file or folder matters; one without a name can't survive. */
static bool locate(int fd, struct place *place)
{
    struct stat found;
    if (fstat(fd, &found) || !found.st_nlink) return false;
    if (!S_ISREG(found.st_mode) && !S_ISDIR(found.st_mode)) return false;
    place->inode = found.st_ino;
    return ask_name(fd, place->name) && matters(place);
}

/* The same for a name, which need not exist: then the inode is 0. */
static bool locate_name(int dir, const char *name, struct place *place)
{
    struct stat found;
    char parent[PATH_MAX];
    size_t end = strnlen(name, PATH_MAX), base;
    while (end > 1 && name[end - 1] == '/') end--;
    for (base = end; base && name[base - 1] != '/'; base--) {}
    snprintf(parent, sizeof parent, "%.*s", base ? (int)base : 1, base ? name : ".");
    int fd = REAL(openat)(dir, parent, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return false;
    bool fits = ask_name(fd, place->name) && strlen(place->name) + end - base + 2 < PATH_MAX;
    close(fd);
    if (fits) sprintf(strchr(place->name, 0), "/%.*s", (int)(end - base), name + base);
    place->inode = fstatat(dir, name, &found, AT_SYMLINK_NOFOLLOW) ? 0 : found.st_ino;
    return fits && matters(place);
}

/* A file that was deleted since it was located has nothing more to survive. */
static void lock_file(int fd, struct place *place)
{
    struct stat now;
    lock();
    place->fleeting = place->fleeting || fstat(fd, &now) || !now.st_nlink;
}

static int open_below(int dir, const char *name, int flags, mode_t mode, struct place *place)
{
    bool is_new = !place->inode, writes = (flags & O_ACCMODE) != O_RDONLY || flags & O_TRUNC;
    int error = failing();
    if ((flags & O_TMPFILE) == O_TMPFILE) return refuse(EOPNOTSUPP);
    if (error && (is_new || (error == EROFS && writes))) return refuse(error);
    int fd = REAL(openat)(dir, name, flags, mode);
    struct stat made;
    if (fd < 0 || place->fleeting || fstat(fd, &made)) return fd;
    place->inode = made.st_ino;
    if (is_new || flags & O_TRUNC) record(is_new ? CREATE : TRUNCATE, place, "", 0, NULL, 0);
    return fd;
}

static int open_at(int dir, const char *name, int flags, mode_t mode)
{
    struct place place;
    bool reads = !(flags & (O_CREAT | O_TRUNC)) && (flags & O_ACCMODE) == O_RDONLY;
    if (reads) return REAL(openat)(dir, name, flags, mode);
    lock();
    bool ours = locate_name(dir, name, &place) && !place.mark;
    int fd = ours ? open_below(dir, name, flags, mode, &place) : -1;
    unlock(); /* before what may block: others have pipes */
    return ours ? fd : REAL(openat)(dir, name, flags, mode);
}

#define OPEN(name, arguments, dir, path)                                                           \
    int name arguments                                                                             \
    {                                                                                              \
        va_list more;                                                                              \
        va_start(more, flags);                                                                     \
        bool has_mode = flags & O_CREAT || (flags & O_TMPFILE) == O_TMPFILE;                       \
        mode_t mode = has_mode ? va_arg(more, mode_t) : 0;                                         \
        va_end(more);                                                                              \
        return open_at(dir, path, flags, mode);                                                    \
    }
OPEN(open, (const char *path, int flags, ...), AT_FDCWD, path)
OPEN(openat, (int dir, const char *path, int flags, ...), dir, path)
ALSO(open64, open)
ALSO(openat64, openat)
int __open64_2(const char *path, int flags) { return open_at(AT_FDCWD, path, flags, 0); }
int creat(const char *path, mode_t mode)
{
    return open_at(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode);
}
ALSO(creat64, creat)

/* How many of n bytes the disk takes. The write that fills it is short, by whole sectors, as a file
   system takes no less. */
static size_t room(size_t n, const struct place *place)
{
    if (place->mark || !(errno = failing())) return n;
    bool fills = errno == ENOSPC && control->writes == control->fail_from;
    return fills && !place->fleeting ? n / 1024 * 512 : 0;
}

/* Write at `*at`, or if it is -1 at the descriptor's own position, and say where it went. A thread
   that reads or seeks meanwhile misleads us only in a file that is open for appending. */
static ssize_t place_bytes(int fd, int flags, const void *data, size_t n, off_t *at)
{
    struct stat now;
    bool appends = flags & O_APPEND, moves = *at < 0;
    if (moves && !appends) *at = lseek(fd, 0, SEEK_CUR);
    ssize_t done = *at < 0 ? REAL(write)(fd, data, n) : REAL(pwrite)(fd, data, n, *at);
    if (done > 0 && moves && !appends) lseek(fd, done, SEEK_CUR);
    if (done > 0 && moves && appends) *at = lseek(fd, 0, SEEK_CUR) - done;
    if (done > 0 && !moves && appends && !fstat(fd, &now)) *at = now.st_size - done; /* pwrite(2) */
    return done;
}

static ssize_t put(int fd, struct place *place, struct iovec part, off_t at)
{
    int flags = fcntl(fd, F_GETFL);
    size_t n = room(part.iov_len, place);
    if (!n && part.iov_len) return -1;
    ssize_t done = place_bytes(fd, flags, part.iov_base, n, &at);
    if (done <= 0 || place->fleeting) return done;
    record(place->mark ? MARK : WRITE, place, "", at, part.iov_base, done);
    if (flags & O_DSYNC) record(SYNC, place, "", 0, NULL, 0);
    if (!place->mark) control->writes++;
    return done;
}

static ssize_t put_all(int fd, struct place *place, const struct iovec *parts, int n, off_t at)
{
    ssize_t total = 0, done = 0;
    lock_file(fd, place);
    for (int i = 0; i < n; i++) {
        done = put(fd, place, parts[i], at < 0 ? at : at + total);
        if (done > 0) total += done;
        if (done != (ssize_t)parts[i].iov_len) break;
    }
    unlock();
    return total ? total : done;
}

ssize_t write(int fd, const void *data, size_t n)
{
    struct place place;
    struct iovec part = {(void *)data, n};
    return locate(fd, &place) ? put_all(fd, &place, &part, 1, -1) : REAL(write)(fd, data, n);
}

ssize_t pwrite(int fd, const void *data, size_t n, off_t at)
{
    struct place place;
    struct iovec part = {(void *)data, n};
    if (at < 0 || !locate(fd, &place)) return REAL(pwrite)(fd, data, n, at);
    return put_all(fd, &place, &part, 1, at);
}
ALSO(pwrite64, pwrite)

ssize_t writev(int fd, const struct iovec *parts, int n)
{
    struct place place;
    return locate(fd, &place) ? put_all(fd, &place, parts, n, -1) : REAL(writev)(fd, parts, n);
}

ssize_t pwritev2(int fd, const struct iovec *parts, int n, off_t at, int flags)
{
    struct place place;
    if (at < -1 || !locate(fd, &place)) return REAL(pwritev2)(fd, parts, n, at, flags);
    return flags ? refuse(EOPNOTSUPP) : put_all(fd, &place, parts, n, at);
}
ALSO(pwritev64v2, pwritev2)

ssize_t pwritev(int fd, const struct iovec *parts, int n, off_t at)
{
    return at < 0 ? refuse(EINVAL) : pwritev2(fd, parts, n, at, 0);
}
ALSO(pwritev64, pwritev)

static int resize(int fd, struct place *place, off_t size)
{
    lock_file(fd, place);
    int done = failing() ? refuse(failing()) : REAL(ftruncate)(fd, size);
    if (!done && !place->fleeting) record(TRUNCATE, place, "", size, NULL, 0);
    unlock();
    return done;
}

int ftruncate(int fd, off_t size)
{
    struct place place;
    return locate(fd, &place) ? resize(fd, &place, size) : REAL(ftruncate)(fd, size);
}
ALSO(ftruncate64, ftruncate)

int truncate(const char *path, off_t size)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC), done = fd < 0 ? -1 : ftruncate(fd, size);
    int error = errno;
    if (fd >= 0) close(fd);
    errno = error;
    return done;
}
ALSO(truncate64, truncate)

int fsync(int fd)
{
    struct place place;
    if (!locate(fd, &place) || place.mark) return REAL(fsync)(fd);
    lock_file(fd, &place);
    int error = failing();
    if (!error && !place.fleeting) record(SYNC, &place, "", 0, NULL, 0);
    unlock();
    return error && error != EROFS ? refuse(error) : 0; /* ext4 gone read-only syncs nothing */
}
ALSO(fdatasync, fsync)

int renameat(int from_dir, const char *from, int to_dir, const char *to)
{
    struct place old, new;
    lock();
    bool leaves = locate_name(from_dir, from, &old), enters = locate_name(to_dir, to, &new);
    int error = leaves != enters ? EXDEV : leaves && failing() == EROFS ? EROFS : 0;
    int done = error ? refuse(error) : REAL(renameat)(from_dir, from, to_dir, to);
    if (!done && leaves && !old.fleeting && old.inode != new.inode)
        record(RENAME, &old, new.name, 0, NULL, 0);
    unlock();
    return done;
}
int rename(const char *from, const char *to) { return renameat(AT_FDCWD, from, AT_FDCWD, to); }

int unlinkat(int dir, const char *path, int flags)
{
    struct place place;
    lock();
    bool ours = locate_name(dir, path, &place);
    int done = ours && failing() == EROFS ? refuse(EROFS) : REAL(unlinkat)(dir, path, flags);
    if (!done && ours && !place.fleeting) record(UNLINK, &place, "", 0, NULL, 0);
    unlock();
    return done;
}
int unlink(const char *path) { return unlinkat(AT_FDCWD, path, 0); }
int rmdir(const char *path) { return unlinkat(AT_FDCWD, path, AT_REMOVEDIR); }

int mkdirat(int dir, const char *path, mode_t mode)
{
    struct place place;
    lock();
    bool ours = locate_name(dir, path, &place);
    int error = ours && !place.inode ? failing() : 0;
    int done = error ? refuse(error) : REAL(mkdirat)(dir, path, mode);
    if (!done && ours && *place.name) record(MKDIR, &place, "", 0, NULL, 0);
    unlock();
    return done;
}
int mkdir(const char *path, mode_t mode) { return mkdirat(AT_FDCWD, path, mode); }

/* What a program is told of the state of the disk. */

static int tell(struct statvfs *told)
{
    if (failing() == ENOSPC) told->f_bfree = told->f_bavail = 0;
    if (failing() == EROFS) told->f_flag |= ST_RDONLY;
    return 0;
}

int statvfs(const char *path, struct statvfs *told)
{
    struct place place;
    int done = REAL(statvfs)(path, told);
    return done || !locate_name(AT_FDCWD, path, &place) ? done : tell(told);
}
ALSO(statvfs64, statvfs)

int fstatvfs(int fd, struct statvfs *told)
{
    struct place place;
    int done = REAL(fstatvfs)(fd, told);
    return done || !locate(fd, &place) ? done : tell(told);
}
ALSO(fstatvfs64, fstatvfs)

int access(const char *path, int mode)
{
    struct place place;
    bool asks = mode & W_OK && failing() == EROFS && locate_name(AT_FDCWD, path, &place);
    return asks ? refuse(EROFS) : REAL(access)(path, mode);
}

/* What is refused, with the error after which programs do it another way. */

static bool is_recorded(int fd)
{
    struct place place;
    return locate(fd, &place) && !place.fleeting;
}

void *mmap(void *at, size_t n, int protection, int flags, int fd, off_t from)
{
    bool unseen = flags & MAP_SHARED && protection & PROT_WRITE && fd >= 0 && is_recorded(fd);
    return unseen ? (refuse(ENODEV), MAP_FAILED) : REAL(mmap)(at, n, protection, flags, fd, from);
}
ALSO(mmap64, mmap)

ssize_t sendfile(int to, int from, off_t *at, size_t n)
{
    return is_recorded(to) ? refuse(EINVAL) : REAL(sendfile)(to, from, at, n);
}
ALSO(sendfile64, sendfile)

ssize_t copy_file_range(int from, off_t *at, int to, off_t *there, size_t n, unsigned flags)
{
    return is_recorded(to) ? refuse(ENOSYS) : REAL(copy_file_range)(from, at, to, there, n, flags);
}

int posix_fallocate(int fd, off_t at, off_t n)
{
    return is_recorded(fd) ? EOPNOTSUPP : REAL(posix_fallocate)(fd, at, n);
}
ALSO(posix_fallocate64, posix_fallocate)

int linkat(int from_dir, const char *from, int to_dir, const char *to, int flags)
{
    struct place place;
    bool ours = locate_name(to_dir, to, &place);
    return ours ? refuse(EPERM) : REAL(linkat)(from_dir, from, to_dir, to, flags);
}
int link(const char *from, const char *to) { return linkat(AT_FDCWD, from, AT_FDCWD, to, 0); }

int symlinkat(const char *target, int dir, const char *path)
{
    struct place place;
    return locate_name(dir, path, &place) ? refuse(EPERM) : REAL(symlinkat)(target, dir, path);
}
int symlink(const char *target, const char *path) { return symlinkat(target, AT_FDCWD, path); }
