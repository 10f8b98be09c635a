/* control_socket.h - the wire of the control socket. Internal to core/io. */
#ifndef RP_CONTROL_SOCKET_H
#define RP_CONTROL_SOCKET_H

#include <reprise/control.h>

/* Writes the answer to one line. True when the line asks to cancel. */
bool rp__control_answer(struct rp_buf *out,
    const struct rp_control_options *options, struct rp_str line);

/* A listening socket at `path`, mode 0600; one that a dead process left is
 * replaced. Paths may be longer than a socket's address. */
RP_NODISCARD enum rp_code rp__control_listen(
    int *fd, const char *path, struct rp_err *err);

#endif
