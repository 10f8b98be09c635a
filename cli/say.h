/* say.h - what a person is told, on standard error. Floor: cli.
 *
 * Each message is one write. A message names what was attempted, on which
 * thing and what was found; what to do next follows in a line of its own.
 */
#ifndef RP_CLI_SAY_H
#define RP_CLI_SAY_H

#include <reprise/attr.h>
#include <reprise/buf.h>

/* "reprise run: ..." and a newline. */
void rp__say(const char *command, const char *format, ...) RP_PRINTF(2, 3);
/* A line as it is, two spaces in front: what to do next. */
void rp__say_next(const char *format, ...) RP_PRINTF(1, 2);
/* Bytes as they are. */
void rp__say_text(struct rp_str text);

#endif
