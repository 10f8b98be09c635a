/* attr.h - the few compiler attributes the project uses, behind names. */
#ifndef RP_ATTR_H
#define RP_ATTR_H

#if defined(__GNUC__)
#define RP_NODISCARD __attribute__((warn_unused_result))
#define RP_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define RP_NORETURN __attribute__((noreturn))
#else
#define RP_NODISCARD
#define RP_PRINTF(fmt, args)
#define RP_NORETURN
#endif

/* The object of `type` whose `member` is at `ptr`. */
#define RP_CONTAINER_OF(ptr, type, member)                                     \
    ((type *)(void *)((char *)(ptr)-offsetof(type, member)))

#define RP_COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#endif
