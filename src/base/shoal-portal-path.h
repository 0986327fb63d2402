/* shoal-portal-path.h: files that the desktop hands to a sandbox.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* In a sandbox, what a person chooses or drops lies under …/doc/ID/, as long as
 * the desktop grants it: what was dropped for a session, what was chosen until
 * it is taken back. */
gboolean shoal_path_is_from_portal (const char *path);

/* (transfer full): what people know of @path: without the portal's own part, as
 * that tells them nothing. Any other path as it is. */
char    *shoal_path_without_portal (const char *path);

G_END_DECLS
