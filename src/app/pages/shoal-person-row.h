/* shoal-person-row.h: a person in a list, to drop things on.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-device-item.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Follows its item, and is dropped with it. */
#define SHOAL_TYPE_PERSON_ROW (shoal_person_row_get_type ())
G_DECLARE_FINAL_TYPE (ShoalPersonRow, shoal_person_row, SHOAL, PERSON_ROW, GtkListBoxRow)

GtkWidget       *shoal_person_row_new      (ShoalDeviceItem *item);
ShoalDeviceItem *shoal_person_row_get_item (ShoalPersonRow *self);
/* Opens the menu of what can be done, as its button does. */
void             shoal_person_row_popup    (ShoalPersonRow *self);

G_END_DECLS
