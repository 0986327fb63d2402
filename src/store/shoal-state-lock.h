/* shoal-state-lock.h: one process owns a state directory.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * shoal_state_lock_take:
 * @directory: an existing directory
 *
 * Locks `lock` in it (flock: the kernel lets go when the process ends, however
 * it ends) and writes this process's ID and command into it.
 *
 * Errors: IN_USE naming the owner; DISK.
 *
 * Returns: a descriptor to close when done, or -1
 */
int shoal_state_lock_take (const char *directory, GError **error);

G_END_DECLS
