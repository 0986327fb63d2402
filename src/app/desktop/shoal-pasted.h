/* shoal-pasted.h: what lies on the clipboard, as something to send.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-payload.h"

G_BEGIN_DECLS

/* Reads files, else a text, else a picture, which becomes a PNG file below
 * @folder, where it lies until shoal_pasted_tidy() takes it away. FAILED if
 * there is nothing of these. */
void          shoal_pasted_read_async (GdkClipboard *clipboard, const char *folder,
                                       GAsyncReadyCallback callback, gpointer user_data);
/* (transfer full) (nullable) */
ShoalPayload *shoal_pasted_finish     (GAsyncResult *result, GError **error);

/* Removes pictures that are older than any offer of them can be; behind. */
void          shoal_pasted_tidy       (const char *folder);

G_END_DECLS
