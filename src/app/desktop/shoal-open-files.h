/* shoal-open-files.h: showing what a transfer has brought.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-snapshot.h"

G_BEGIN_DECLS

/* Opens what a finished GET brought: its file, or its folder, with what the desktop
 * has for it. @in_folder: shows it in the file manager instead. Looks first whether
 * it is still there: NOT_FOUND says so. No window is needed; GTK thread. */
void     shoal_open_files_async  (const ShoalTransferInfo *transfer, gboolean in_folder,
                                  GAsyncReadyCallback callback, gpointer user_data);
gboolean shoal_open_files_finish (GAsyncResult *result, GError **error);

G_END_DECLS
