#include "alone.h"

int rp__alone_run(int (*body)(void *context), void *context)
{
    return body(context);
}
