/* shoal-files-view.h: the files of a transfer or a share, however many.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-file-model.h"
#include "shoal-model.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

/**
 * ShoalFilesView:
 *
 * A searchable table that makes widgets only for what is seen, and looks again
 * each second while its transfer is not over. For shoal_window_push(). GTK thread.
 */
#define SHOAL_TYPE_FILES_VIEW (shoal_files_view_get_type ())
G_DECLARE_FINAL_TYPE (ShoalFilesView, shoal_files_view, SHOAL, FILES_VIEW, GtkWidget)

/* @id: of a transfer, an offer or a share. */
GtkWidget *shoal_files_view_new      (ShoalModel *model, const char *id);
/* Shows @list instead, as it is; for what is not known to the engine. */
void       shoal_files_view_set_list (ShoalFilesView *self, ShoalFileList *list);

G_END_DECLS
