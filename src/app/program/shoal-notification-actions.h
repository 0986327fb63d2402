/* shoal-notification-actions.h: what the buttons of notifications do.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-model.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Adds those actions to the application that ShoalNotifications lists; they work
 * with and without a window. */
void shoal_notification_actions_add    (GtkApplication *application, ShoalModel *model);
/* Before the model goes. */
void shoal_notification_actions_remove (GtkApplication *application);

G_END_DECLS
