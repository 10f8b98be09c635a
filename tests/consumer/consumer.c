/* What a stranger writes first: the digest of a text, by the installed
 * library. */
#include <stdio.h>

#include <reprise/digest.h>

int main(void)
{
    char hex[RP_DIGEST_HEX_LEN + 1];
    struct rp_digest digest = rp_digest_of(RP_STR("abc"));
    rp_digest_hex(&digest, hex);
    return puts(hex) < 0;
}
