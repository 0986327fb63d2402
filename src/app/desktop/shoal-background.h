/* shoal-background.h: being there without a window, and after logging in.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* What the desktop has allowed. */
typedef struct
{
  gboolean stays;    /* without a window */
  gboolean at_login;
} ShoalBackground;

/**
 * shoal_background_set_async:
 * @id: the application's
 * @at_login: start by itself, without a window, when the person logs in
 *
 * In a Flatpak it asks the Background portal, which may ask the person; else it
 * writes or removes a file in the autostart folder. GTK's thread; nothing blocks.
 */
void     shoal_background_set_async  (const char *id, gboolean at_login,
                                      GAsyncReadyCallback callback, gpointer user_data);
/* @allowed: (out): always told. FALSE: it is not all that was asked for; @error
 * is REFUSED if the desktop does not allow it. */
gboolean shoal_background_set_finish (GAsyncResult *result, ShoalBackground *allowed,
                                      GError **error);

/* Inside a sandbox of Flatpak. */
gboolean shoal_background_is_sandboxed (void);

/* The entry of the autostart folder: how this very program is started without a
 * window. @program: its path. Returns: (transfer full) */
char *shoal_background_describe_entry (const char *id, const char *program);

G_END_DECLS
