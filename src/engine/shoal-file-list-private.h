/* shoal-file-list-private.h: how the engine makes lists of files.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#ifndef SHOAL_ENGINE_ROOM
#error "only for the engine room"
#endif

#include "shoal-description.h"
#include "shoal-file-list.h"

G_BEGIN_DECLS

/* All files OFFERED. @description is kept by reference. To be filled in before
 * it is given to anybody. Returns: (transfer full) */
ShoalFileList *shoal_file_list_new (ShoalDescription *description);
/* @why: (nullable): of FAILED; copied. */
void           shoal_file_list_set (ShoalFileList *self, guint index, ShoalListedState state,
                                    uint64_t done, const char *why);

G_END_DECLS
