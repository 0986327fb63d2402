/* shoal-receiver-row.h: a person to choose, with a check mark.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-device-item.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Signal: "toggled". Activating the row toggles it. */
#define SHOAL_TYPE_RECEIVER_ROW (shoal_receiver_row_get_type ())
G_DECLARE_FINAL_TYPE (ShoalReceiverRow, shoal_receiver_row, SHOAL, RECEIVER_ROW, GtkListBoxRow)

GtkWidget       *shoal_receiver_row_new       (ShoalDeviceItem *item, gboolean chosen);
ShoalDeviceItem *shoal_receiver_row_get_item  (ShoalReceiverRow *self);
gboolean         shoal_receiver_row_is_chosen (ShoalReceiverRow *self);
void             shoal_receiver_row_toggle    (ShoalReceiverRow *self);

G_END_DECLS
