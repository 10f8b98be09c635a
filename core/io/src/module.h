/* module.h - parts of the program that are loaded when they are needed.
 * Internal. */
#ifndef RP_MODULE_H
#define RP_MODULE_H

#include <reprise/err.h>

/* What the file `file` ("reprise-net.so") has under `symbol`: a struct that
 * begins with its version, an int. Stays loaded. `purpose`: "speaks HTTP".
 * RP_E_NOT_FOUND. */
enum rp_code rp__module_load(const void **out, const char *file,
    const char *symbol, int version, const char *purpose, struct rp_err *err);

#endif
