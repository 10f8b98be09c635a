/* remote.h - the workers of a session that another process runs, seen through
 * its control socket. Floor: cli. */
#ifndef RP_CLI_REMOTE_H
#define RP_CLI_REMOTE_H

#include <reprise/transport.h>

/* A transport that answers observe and nothing else. `socket_path` is
 * borrowed and outlives it. What cannot be asked is not known. Never NULL;
 * release with rp_transport_free(). */
RP_NODISCARD struct rp_transport *rp__remote_new(const char *socket_path);

#endif
