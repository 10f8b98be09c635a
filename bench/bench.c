#include "bench.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <reprise/time.h>

#define WALK_FDS 16

static const char *below = ".";

/* ---- rounds ---- */

void bench_add(struct bench_pair *pair, double floor, double measured)
{
    RP_ASSERT(pair->count < BENCH_ROUNDS_MAX);
    pair->floor[pair->count] = floor;
    pair->measured[pair->count] = measured;
    pair->count++;
}

static int compare(const void *a, const void *b)
{
    double x, y;
    memcpy(&x, a, sizeof(x));
    memcpy(&y, b, sizeof(y));
    return (x > y) - (x < y);
}

double bench_median(const double *values, int count)
{
    double sorted[BENCH_ROUNDS_MAX];
    RP_ASSERT(count > 0);
    RP_ASSERT(count <= BENCH_ROUNDS_MAX);
    memcpy(sorted, values, (size_t)count * sizeof(double));
    qsort(sorted, (size_t)count, sizeof(double), compare);
    return (sorted[(count - 1) / 2] + sorted[count / 2]) / 2;
}

void bench_print(const struct bench_pair *pair)
{
    double ratios[BENCH_ROUNDS_MAX];
    double least = 0, most = 0;
    for (int i = 0; i < pair->count; i++) {
        ratios[i] = pair->measured[i] / pair->floor[i];
        least = i == 0 || ratios[i] < least ? ratios[i] : least;
        most = i == 0 || ratios[i] > most ? ratios[i] : most;
    }
    (void)printf("ratio %s %.3f min %.3f max %.3f rounds %d floor %.4g "
                 "measured %.4g %s",
        pair->name, bench_median(ratios, pair->count), least, most, pair->count,
        bench_median(pair->floor, pair->count),
        bench_median(pair->measured, pair->count), pair->unit);
    switch (pair->aim) {
    case BENCH_AIM_NONE:
        break;
    case BENCH_AIM_AT_LEAST:
        (void)printf(" aim >= %.2f", pair->aim_ratio);
        break;
    case BENCH_AIM_AT_MOST:
        (void)printf(" aim <= %.2f", pair->aim_ratio);
        break;
    }
    (void)printf("\n");
    (void)fflush(stdout); /* so that a killed bench has said what it knew */
}

void bench_print_value(const char *name, double value, const char *unit)
{
    (void)printf("value %s %.4g %s\n", name, value, unit);
    (void)fflush(stdout); /* as above */
}

/* ---- time ---- */

int64_t bench_now_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now); /* always there */
    return (int64_t)now.tv_sec * RP_NS_PER_S + now.tv_nsec;
}

int64_t bench_thread_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now); /* always there */
    return (int64_t)now.tv_sec * RP_NS_PER_S + now.tv_nsec;
}

double bench_seconds_since(int64_t began_ns)
{
    return (double)(bench_now_ns() - began_ns) / (double)RP_NS_PER_S;
}

/* ---- options ---- */

RP_NORETURN static void help(const char *program,
    const struct bench_option *options, size_t count, int status)
{
    (void)fprintf(stderr, "usage: %s [OPTION]...\n", program);
    for (size_t i = 0; i < count; i++) {
        (void)fprintf(stderr, "  --%-10s N  %s (%ld)\n", options[i].name,
            options[i].meaning, *options[i].value);
    }
    (void)fprintf(stderr,
        "  --%-10s D  a folder on the disk that is measured (.)\n", "dir");
    exit(status);
}

static void take(const struct bench_option *option, const char *text)
{
    char *end;
    errno = 0;
    long value = strtol(text, &end, 10);
    if (text[0] == '\0' || *end != '\0' || errno != 0 || value < option->min ||
        value > option->max) {
        bench_fail("--%s '%s' is not a number from %ld to %ld", option->name,
            text, option->min, option->max);
    }
    *option->value = value;
}

void bench_options(int argc, char **argv, const struct bench_option *options,
    size_t option_count)
{
    for (int i = 1; i < argc; i += 2) {
        const char *name = strncmp(argv[i], "--", 2) == 0 ? argv[i] + 2 : "";
        const char *text = i + 1 < argc ? argv[i + 1] : "";
        bool known = strcmp(name, "dir") == 0;
        if (known) {
            below = text;
        }
        for (size_t k = 0; k < option_count && !known; k++) {
            if (strcmp(name, options[k].name) == 0) {
                take(&options[k], text);
                known = true;
            }
        }
        if (!known) {
            help(argv[0], options, option_count,
                strcmp(name, "help") == 0 ? 0 : 2);
        }
    }
}

/* ---- a folder ---- */

void bench_dir(char *out, size_t out_size)
{
    char resolved[4096];
    if (realpath(below, resolved) == NULL) {
        bench_fail("--dir '%s' is not a folder", below);
    }
    int len = snprintf(out, out_size, "%s/bench-XXXXXX", resolved);
    if (len < 0 || (size_t)len >= out_size || mkdtemp(out) == NULL) {
        bench_fail("cannot make a folder in '%s'", resolved);
    }
}

static int remove_one(
    const char *path, const struct stat *status, int kind, struct FTW *at)
{
    (void)status;
    (void)kind;
    (void)at;
    return remove(path);
}

void bench_dir_remove(const char *path)
{
    if (nftw(path, remove_one, WALK_FDS, FTW_DEPTH | FTW_PHYS) != 0) {
        bench_fail("cannot remove '%s'", path);
    }
}

/* ---- what is wrong ---- */

void bench_fail(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)fputs("bench: ", stderr);
    (void)vfprintf(stderr, format, args);
    (void)fputc('\n', stderr);
    va_end(args);
    exit(2);
}

void bench_check(enum rp_code rc, const struct rp_err *err, const char *what)
{
    if (rc != RP_OK) {
        bench_fail("%s: %s", what, err->text);
    }
}

long bench_rss_kib(void)
{
    char text[256] = "";
    FILE *file = fopen("/proc/self/statm", "re");
    if (file == NULL || fgets(text, sizeof(text), file) == NULL) {
        bench_fail("/proc/self/statm cannot be read");
    }
    (void)fclose(file); /* only read */
    char *rest;
    (void)strtol(text, &rest, 10); /* its whole size */
    return strtol(rest, NULL, 10) * (sysconf(_SC_PAGESIZE) / 1024);
}
