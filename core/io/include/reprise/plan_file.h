/* plan_file.h - where a plan's files and executables come from: the disk.
 * Floor: io. */
#ifndef RP_PLAN_FILE_H
#define RP_PLAN_FILE_H

#include <reprise/plan.h>

/* Files below one directory, and executables there and on PATH. */
struct rp_plan_disk;

/* `folder` is absolute and copied. Owned by the caller. */
struct rp_plan_disk *rp_plan_disk_new(const char *folder);
void rp_plan_disk_free(struct rp_plan_disk **disk);
/* Borrowed from `disk`; what it reads lives as long as `disk`. */
struct rp_plan_files rp_plan_disk_files(struct rp_plan_disk *disk);

#endif
