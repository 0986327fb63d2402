/* shoal-open-link-dialog.h: from a link or .torrent file to a transfer.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-model.h"

#include <adwaita.h>

G_BEGIN_DECLS

/**
 * ShoalOpenLinkDialog:
 *
 * Takes a share link, a magnet or a .torrent file (typed, pasted, dropped or
 * chosen), shows what it is and from whom it comes, asks whereto, and gets it.
 * What is wrong with an input is said below the entry. GTK thread.
 */
#define SHOAL_TYPE_OPEN_LINK_DIALOG (shoal_open_link_dialog_get_type ())
G_DECLARE_FINAL_TYPE (ShoalOpenLinkDialog, shoal_open_link_dialog, SHOAL, OPEN_LINK_DIALOG,
                      AdwWindow)

/* @what: (nullable): a link or the path of a .torrent file: looked up at once. */
void shoal_open_link_dialog_show (GtkWindow *parent, ShoalModel *model, const char *what);

G_END_DECLS
