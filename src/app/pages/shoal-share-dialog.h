/* shoal-share-dialog.h: makes a share: with whom, reading the files, its link.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-model.h"

#include <adwaita.h>

G_BEGIN_DECLS

/**
 * ShoalShareDialog:
 *
 * Asks who may get some files (anybody with the link, all friends, chosen ones),
 * shows how far they are read, with Cancel, and in the end the link and its QR
 * code. A modal window of its own. GTK thread.
 */
#define SHOAL_TYPE_SHARE_DIALOG (shoal_share_dialog_get_type ())
G_DECLARE_FINAL_TYPE (ShoalShareDialog, shoal_share_dialog, SHOAL, SHARE_DIALOG, AdwWindow)

/* Shows it for @paths, over @parent. */
void shoal_share_dialog_show (GtkWindow *parent, ShoalModel *model, const char *const *paths);

/* Asks who may get a share that is there from now on. */
void shoal_share_dialog_edit (GtkWindow *parent, ShoalModel *model, ShoalShareItem *item);

/* Asks for files, or for a folder, and goes on with shoal_share_dialog_show(). */
void shoal_share_dialog_choose_files  (GtkWindow *parent, ShoalModel *model);
void shoal_share_dialog_choose_folder (GtkWindow *parent, ShoalModel *model);
/* For what was dropped on a sandbox, which may not read it for long: says so, and
 * offers the choosers. */
void shoal_share_dialog_ask_to_choose (GtkWindow *parent, ShoalModel *model);

G_END_DECLS
