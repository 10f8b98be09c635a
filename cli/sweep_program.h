/* sweep_program.h - a program that judges a document. Floor: cli. */
#ifndef RP_CLI_SWEEP_PROGRAM_H
#define RP_CLI_SWEEP_PROGRAM_H

#include <reprise/err.h>
#include <reprise/str.h>

#define RP__PROGRAM_SAID_MAX 256

enum rp__program_verdict {
    RP__PROGRAM_PASS,
    RP__PROGRAM_FAIL,
    RP__PROGRAM_INCONCLUSIVE,
};

/* Runs `argv` in `folder` with the document on its standard input: exit status
 * 0 is a pass, 1 a fail, 2 is neither. `said` is the first line of its standard
 * output. RP_E_IO: it could not be run, took longer than 10 s, or ended
 * otherwise. Blocks. */
RP_NODISCARD enum rp_code rp__program_judge(enum rp__program_verdict *out,
    char said[RP__PROGRAM_SAID_MAX], const char *const *argv,
    const char *folder, struct rp_str document, struct rp_err *err);

#endif
