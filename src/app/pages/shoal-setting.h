/* shoal-setting.h: changing a setting from a row that says what is wrong with it.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-model.h"

#include <adwaita.h>

G_BEGIN_DECLS

/* Says @text in the line @trouble beneath @row, both marked; NULL: all is well. */
void shoal_setting_show_trouble (GtkWidget *row, AdwActionRow *trouble, const char *text);
/* What happened and what to do next. */
void shoal_setting_show_error   (GtkWidget *row, AdwActionRow *trouble, const GError *error);

/* Changes @key to @value (floating is sunk); if that will not do, says so as above.
 * Both widgets may go meanwhile. @trouble: (nullable): the model tells the error. */
void shoal_setting_change       (ShoalModel *model, const char *key, GVariant *value,
                                 GtkWidget *row, AdwActionRow *trouble);

G_END_DECLS
