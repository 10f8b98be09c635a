/* bench.h - what the benches share: time, rounds, medians, options, a folder.
 *
 * A bench measures the project and its floor in turn, in the same run, and
 * prints one line for each quantity:
 *   ratio NAME R min R max R rounds N floor F measured M UNIT [aim >= A]
 * where R is measured / floor: the median of the rounds, each round a pair.
 * What has no floor is a line 'value NAME V UNIT'. */
#ifndef BENCH_H
#define BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <reprise/err.h>

#define BENCH_ROUNDS_MAX 64

enum bench_aim { BENCH_AIM_NONE, BENCH_AIM_AT_LEAST, BENCH_AIM_AT_MOST };

/* One quantity, in rounds. */
struct bench_pair {
    const char *name; /* "tasks/64" */
    const char *unit;
    enum bench_aim aim;
    double aim_ratio;
    double floor[BENCH_ROUNDS_MAX], measured[BENCH_ROUNDS_MAX];
    int count;
};
void bench_add(struct bench_pair *pair, double floor, double measured);
void bench_print(const struct bench_pair *pair);
void bench_print_value(const char *name, double value, const char *unit);

double bench_median(const double *values, int count);

int64_t bench_now_ns(void); /* monotonic */
double bench_seconds_since(int64_t began_ns);
int64_t bench_thread_ns(void); /* that the calling thread was on a processor */

/* A whole number given as --NAME; `meaning` is for --help. */
struct bench_option {
    const char *name;
    long *value; /* holds the default */
    long min, max;
    const char *meaning;
};
/* Reads the options, and --dir, below which bench_dir() makes its folders.
 * Ends the program on --help and on what is wrong. */
void bench_options(int argc, char **argv, const struct bench_option *options,
    size_t option_count);

/* A new empty folder on disk, removed with all in it by bench_dir_remove().
 * `out` has room for `out_size` bytes. */
void bench_dir(char *out, size_t out_size);
void bench_dir_remove(const char *path);

/* What this process has in memory now. */
long bench_rss_kib(void);

/* Ends the program: a bench that measures something else says nothing. */
RP_NORETURN void bench_fail(const char *format, ...) RP_PRINTF(1, 2);
void bench_check(enum rp_code rc, const struct rp_err *err, const char *what);

#endif
