/* The wall clock of a process, wrong by as much as a file says, and whether the kernel vouches.

   Preloaded into the process; wall.py says by which variable. Only CLOCK_REALTIME is moved: the time
   since boot, and all that waits, stay as they are. The calls are those by which Python and OpenSSL
   ask for the time. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

#define SECOND 1000000000LL

struct wall {
    int64_t ahead_ns; /* of the true time */
    int64_t synchronised;
};

static const struct wall TRUE_WALL = {0, 1};

static const struct wall *wall(void)
{
    static const struct wall *mapped;
    if (!mapped) {
        const char *path = getenv("GATEWAY_WALL");
        int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
        void *found = file < 0 ? MAP_FAILED
                               : mmap(NULL, sizeof(struct wall), PROT_READ, MAP_SHARED, file, 0);
        if (file >= 0)
            close(file);
        mapped = found == MAP_FAILED ? &TRUE_WALL : found;
    }
    return mapped;
}

static int64_t now_ns(void)
{
    static int (*next)(clockid_t, struct timespec *);
    struct timespec at;
    if (!next)
        next = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    next(CLOCK_REALTIME, &at);
    return at.tv_sec * SECOND + at.tv_nsec + wall()->ahead_ns;
}

int clock_gettime(clockid_t clock, struct timespec *at)
{
    static int (*next)(clockid_t, struct timespec *);
    if (clock == CLOCK_REALTIME) {
        int64_t ns = now_ns();
        at->tv_sec = ns / SECOND;
        at->tv_nsec = ns % SECOND;
        return 0;
    }
    if (!next)
        next = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    return next(clock, at);
}

int gettimeofday(struct timeval *restrict at, void *restrict zone)
{
    int64_t ns = now_ns();
    (void)zone;
    at->tv_sec = ns / SECOND;
    at->tv_usec = ns % SECOND / 1000;
    return 0;
}

time_t time(time_t *at)
{
    time_t seconds = now_ns() / SECOND;
    if (at)
        *at = seconds;
    return seconds;
}

/* Asking is all that it is used for. */
int adjtimex(struct timex *answer)
{
    if (answer->modes) {
        errno = EPERM;
        return -1;
    }
    memset(answer, 0, sizeof *answer);
    answer->status = wall()->synchronised ? 0 : STA_UNSYNC;
    return wall()->synchronised ? TIME_OK : TIME_ERROR;
}
