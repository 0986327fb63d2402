/* shoal-notifications.h: what the desktop tells a person who looks elsewhere.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-model.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

/**
 * ShoalNotifications:
 *
 * One notification a transfer, from the offer to its end: sent when it needs the
 * person, is done or failed, never for progress, and taken back once the window
 * has shown it. Adds the actions that their buttons call:
 *
 * app.accept-offer, app.decline-offer, app.show-offer (s: offer ID);
 * app.show-transfer, app.open-transfer, app.show-folder, app.copy-text
 * (s: transfer ID).
 *
 * GTK thread; made by the application when it starts, with or without a window.
 */
#define SHOAL_TYPE_NOTIFICATIONS (shoal_notifications_get_type ())
G_DECLARE_FINAL_TYPE (ShoalNotifications, shoal_notifications, SHOAL, NOTIFICATIONS, GObject)

/* @application: registered; held weakly. */
ShoalNotifications *shoal_notifications_new (GtkApplication *application, ShoalModel *model);

G_END_DECLS
