/* out.h - standard output, which carries results only. Floor: cli.
 *
 * Every write is checked: a result that did not arrive is no success.
 */
#ifndef RP_CLI_OUT_H
#define RP_CLI_OUT_H

#include <stdbool.h>

#include <reprise/buf.h>

/* The most that one command prints as one document. */
#define RP__OUT_BYTES_MAX ((size_t)256 << 20)

/* Descriptors 0 to 2 that are closed are filled, so that no file gets their
 * number; what is written to them fails. SIGPIPE becomes an error. */
void rp__out_prepare(void);

/* Writes all of it. On false the person was told, unless the reader just went
 * away; the command ends with RP__EXIT_FAILED. */
bool rp__out_write(const char *command, struct rp_str bytes);

#endif
