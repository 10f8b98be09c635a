/* export_left.h - how much of a store a destination has still to get, in SQL.
 * Internal. */
#ifndef RP_EXPORT_LEFT_H
#define RP_EXPORT_LEFT_H

/* Nothing is sent on its own of what a replay did, of what was taken in from
 * elsewhere, and of what the caller's trace does not want. */
#define RP__EXPORT_WANTED " s.mode = 'live' AND s.sampled <> 0"

/* Ended spans that are not through; `destination` is an expression. */
#define RP__EXPORT_LEFT(destination)                                           \
    "SELECT count(*) FROM session s LEFT JOIN export_cursor c"                 \
    " ON c.destination=" destination " AND c.session=s.no"                     \
    " JOIN span x ON x.no BETWEEN (s.no << 20) + 1"                            \
    " AND (s.no << 20) + 1048575"                                              \
    " WHERE s.no > coalesce((SELECT seq FROM export_cursor"                    \
    " WHERE destination=" destination                                          \
    " AND session=0), 0) AND" RP__EXPORT_WANTED                                \
    " AND x.end_seq > coalesce(c.seq, 0)"

#endif
