/* shoal-person-actions.h: what can be done with a person, from a row or their page.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-device-item.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Puts the action group "person" for @item into @widget: send-files, send-folder,
 * send-text, open, add-friend, compare, rename, block, remove, copy-id; those
 * that make no sense for @item are disabled, as it changes. NULL takes it away. */
void shoal_person_actions_install (GtkWidget *widget, ShoalDeviceItem *item);

/* The menu of these actions; one for all. (transfer none) */
GMenuModel *shoal_person_menu_get (void);

G_END_DECLS
