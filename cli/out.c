#include "out.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "say.h"

void rp__out_prepare(void)
{
    /* Opened the wrong way round for 1: writing to it fails as it would have
     * on a closed one. */
    static const int modes[] = {O_RDONLY, O_RDONLY, O_WRONLY};
    for (int fd = 0; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF) {
            (void)open("/dev/null", modes[fd]); /* the lowest free is `fd` */
        }
    }
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    (void)sigaction(SIGPIPE, &ignore, NULL); /* cannot fail: both are valid */
}

bool rp__out_write(const char *command, struct rp_str bytes)
{
    while (bytes.len > 0) {
        ssize_t n = write(STDOUT_FILENO, bytes.ptr, bytes.len);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            char why[128];
            if (errno == EPIPE) {
                return false;
            }
            if (strerror_r(errno, why, sizeof(why)) != 0) {
                why[0] = '\0';
            }
            rp__say(command, "cannot write to standard output: %s", why);
            return false;
        }
        bytes.ptr += n;
        bytes.len -= (size_t)n;
    }
    return true;
}
