/* shoal-choose-dialog.h: which of the offered files are wanted.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-model.h"

#include <adwaita.h>

G_BEGIN_DECLS

/**
 * ShoalChooseDialog:
 *
 * Asks the other device what its offer holds, shows it as a tree to tick, and
 * accepts what is ticked. If the offer goes while it is open, it says so. Rows
 * exist only for what is on the screen. GTK thread.
 */
#define SHOAL_TYPE_CHOOSE_DIALOG (shoal_choose_dialog_get_type ())
G_DECLARE_FINAL_TYPE (ShoalChooseDialog, shoal_choose_dialog, SHOAL, CHOOSE_DIALOG, AdwWindow)

GtkWindow *shoal_choose_dialog_new (GtkWindow *parent, ShoalModel *model, ShoalOfferItem *offer);

G_END_DECLS
