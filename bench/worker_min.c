/* The cheapest honest worker: reads its standard input to the end, prints one
 * JSON document and ends. Linked statically and, where that is known to work,
 * without the C library, so that starting it costs what the kernel takes.
 * "sMS" as its argument: waits so many milliseconds before it answers. "f":
 * fails instead of answering. */

static const char reply[] =
    "{\"status\":\"ok\",\"summary\":\"three findings in the section\","
    "\"usage\":{\"input_tokens\":812,\"output_tokens\":164},"
    "\"findings\":[\"first\",\"second\",\"third\"]}\n";

#if defined(__x86_64__) && defined(__linux__)

enum { SYS_READ = 0, SYS_WRITE = 1, SYS_NANOSLEEP = 35, SYS_EXIT_GROUP = 231 };

static inline long call(long number, long a, long b, long c)
{
    long result;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c)
                     : "rcx", "r11", "memory");
    return result;
}

static long take(char *bytes, unsigned long size)
{
    return call(SYS_READ, 0, (long)bytes, (long)size);
}

static void answer(void)
{
    (void)call(SYS_WRITE, 1, (long)reply, sizeof(reply) - 1);
}

static void wait_ms(long ms)
{
    long limit[2] = {ms / 1000, ms % 1000 * 1000000};
    (void)call(SYS_NANOSLEEP, (long)limit, 0, 0);
}

static void leave(int status)
{
    (void)call(SYS_EXIT_GROUP, status, 0, 0);
    __builtin_unreachable();
}

#else

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static long take(char *bytes, unsigned long size)
{
    return read(0, bytes, size);
}

static void answer(void)
{
    if (write(1, reply, sizeof(reply) - 1) < 0) {
        _exit(1);
    }
}

static void wait_ms(long ms)
{
    struct timespec limit = {ms / 1000, ms % 1000 * 1000000};
    (void)nanosleep(&limit, NULL);
}

static void leave(int status)
{
    _exit(status);
}

#endif

static long number(const char *digits)
{
    long value = 0;
    while (*digits != '\0') {
        value = value * 10 + (*digits++ - '0');
    }
    return value;
}

static void work(const char *how)
{
    char bytes[4096];
    while (take(bytes, sizeof(bytes)) > 0) {
    }
    if (how != 0 && how[0] == 's') {
        wait_ms(number(how + 1));
    }
    if (how != 0 && how[0] == 'f') {
        leave(1);
    }
    answer();
    leave(0);
}

#if defined(__x86_64__) && defined(__linux__)

void worker_begin(long *stack);

/* What the kernel left on the stack: count, names, NULL. */
__attribute__((used)) void worker_begin(long *stack)
{
    work(stack[0] > 1 ? (const char *)stack[2] : 0);
}

__asm__(".globl _start\n"
        "_start:\n"
        "  xor %ebp, %ebp\n"
        "  mov %rsp, %rdi\n"
        "  and $-16, %rsp\n"
        "  call worker_begin\n");

#else

int main(int argc, char **argv)
{
    work(argc > 1 ? argv[1] : NULL);
    return 0;
}

#endif
