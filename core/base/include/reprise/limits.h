/* limits.h - every maximum that is not an option, in one place. Floor: base. */
#ifndef RP_LIMITS_H
#define RP_LIMITS_H

/* Documents */
#define RP_PLAN_BYTES_MAX (4u << 20)
#define RP_INPUT_BYTES_MAX (64u << 20)
#define RP_OUTPUT_BYTES_MAX (16u << 20) /* a worker's stdout, by default */
#define RP_STDERR_BYTES_MAX (1u << 20)  /* kept: the first and last half */
#define RP_EVENTS_BYTES_MAX (4u << 20)  /* fd 3, kept log lines */
#define RP_EVENT_LINE_MAX (64u << 10)   /* one line on fd 3 */
#define RP_DEPTH_MAX 512
#define RP_RECORD_BYTES_MAX (64u << 20)

/* Plans */
#define RP_PLAN_AGENTS_MAX 1024
#define RP_PLAN_NODES_MAX 16384
#define RP_PLAN_NEST_MAX 32
#define RP_PLAN_ERRORS_MAX 100
#define RP_ATTEMPTS_MAX 100 /* of one task */
#define RP_SESSION_ATTEMPTS_MAX 1000000
#define RP_CONCURRENCY_MAX 4096
#define RP_PATH_LEN_MAX 2048

/* Workers */
#define RP_GAPS_MAX 64 /* silent gaps kept per attempt */
#define RP_ARG_BYTES_MAX (128u << 10)
#define RP_END_OF_FILE_WAIT_MS 100 /* after exit, for the pipes to close */
#define RP_KILL_ROUNDS_MS 5000     /* killing is bounded */

#endif
