/* shoal-check-row.h: one step of “Can't see the other device?”.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-diagnosis.h"

#include <adwaita.h>

G_BEGIN_DECLS

/* The check at the place of a list; changes as it runs. Signal: "changed". */
#define SHOAL_TYPE_CHECK_ITEM (shoal_check_item_get_type ())
G_DECLARE_FINAL_TYPE (ShoalCheckItem, shoal_check_item, SHOAL, CHECK_ITEM, GObject)

ShoalCheckItem *shoal_check_item_new (ShoalCheck *check);
ShoalCheck     *shoal_check_item_get (ShoalCheckItem *self);
void            shoal_check_item_set (ShoalCheckItem *self, ShoalCheck *check);

/* Shows state, cause and remedy; its button is the page's action trouble.remedy
 * with the remedy's ID, its copy button trouble.copy with the text. */
#define SHOAL_TYPE_CHECK_ROW (shoal_check_row_get_type ())
G_DECLARE_FINAL_TYPE (ShoalCheckRow, shoal_check_row, SHOAL, CHECK_ROW, GtkListBoxRow)

GtkWidget *shoal_check_row_new (ShoalCheckItem *item);

G_END_DECLS
