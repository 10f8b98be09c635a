/* export_send.h - spans to where they are collected. Floor: cli. */
#ifndef RP_CLI_EXPORT_SEND_H
#define RP_CLI_EXPORT_SEND_H

#include "opt.h"
#include "sender.h"

/* Whether the command line asks for sending, and not for a document. */
bool rp__export_sends(const struct rp__args *args);
/* The exit status; the person was told. */
int rp__export_send(const struct rp__args *args);

#define RP__EXPORT_SEND_OPTS                                                   \
    RP__OPT_OTLP,                                                              \
        {"pending", NULL, "send what was not delivered yet, of all sessions",  \
            false, 0},                                                         \
    {                                                                          \
        "follow", NULL, "send what is pending and what comes, until ^C",       \
            false, 0                                                           \
    }

#endif
