/* shoal-drop.h: a place to drop files and texts on.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-payload.h"

G_BEGIN_DECLS

/* All are called with the widget that shoal_drop_add() was called with. */
typedef struct
{
  /* Something that can be dropped is over it (or over a place inside), or left. */
  void (*hover)   (GtkWidget *widget, gboolean over);
  void (*dropped) (GtkWidget *widget, ShoalPayload *payload);
  /* What was dropped cannot be read: it is not here, or the portal refuses it. */
  void (*failed)  (GtkWidget *widget, const GError *error);
} ShoalDropFuncs;

/* Makes @widget such a place. The innermost one gets what is dropped. @funcs:
 * static. */
void     shoal_drop_add      (GtkWidget *widget, const ShoalDropFuncs *funcs);
/* TRUE for a widget that shoal_drop_add() was called with. */
gboolean shoal_drop_is_place (GtkWidget *widget);
/* Drops @value on @widget or the nearest place around it, as a pointer would.
 * FALSE if there is none that takes it. */
gboolean shoal_drop_feed     (GtkWidget *widget, const GValue *value);

G_END_DECLS
