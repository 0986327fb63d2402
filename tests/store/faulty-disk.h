/* faulty-disk.h: a disk whose k-th call fails
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-disk.h"

G_BEGIN_DECLS

extern const ShoalDisk faulty_disk;

/* The @k-th call from now on fails with @errno_value (0: none); @n_more after
 * it too. @short_writes: pwritev() writes a random part of what it is given. */
void  faulty_disk_set     (guint k, int errno_value, guint n_more, gboolean short_writes);
/* The next call of that name fails; NULL: none. faulty_disk_set() ends it, too. */
void  faulty_disk_fail_next (const char *name, int errno_value);
/* Calls since then. */
guint faulty_disk_n_calls (void);
/* The name of the call that failed first, or NULL. */
const char *faulty_disk_failed (void);
/* statvfs() says that so much is free, and writes beyond it fail; G_MAXUINT64: no bound. */
void  faulty_disk_set_room (guint64 bytes);

G_END_DECLS
