/* xml.h - text inside of XML 1.0. Pure. Floor: cli. */
#ifndef RP_CLI_XML_H
#define RP_CLI_XML_H

#include <reprise/buf.h>

/* As content or in a quoted attribute; what XML cannot hold (controls, broken
 * UTF-8) becomes U+FFFD. */
void rp__xml_text(struct rp_buf *out, struct rp_str text);
/* " name=\"value\"", with its space. */
void rp__xml_attribute(
    struct rp_buf *out, const char *name, struct rp_str value);

#endif
