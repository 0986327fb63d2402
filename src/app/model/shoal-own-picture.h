/* shoal-own-picture.h: a picture of ourselves, made small enough to send.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Reads @file, crops it to a square and scales it down. Reading and decoding happen
 * on a thread. INVALID for what is no picture. GTK thread. */
void    shoal_own_picture_load_async  (GFile *file, GAsyncReadyCallback callback,
                                   gpointer user_data);
/* PNG or JPEG of at most SHOAL_MAX_PICTURE_BYTES. Returns: (transfer full) */
GBytes *shoal_own_picture_load_finish (GAsyncResult *result, GError **error);

G_END_DECLS
