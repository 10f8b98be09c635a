#include <reprise/err.h>
