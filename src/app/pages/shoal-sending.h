/* shoal-sending.h: what a person does to send: choose, paste, drop, confirm.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-payload.h"
#include "shoal-window.h"

G_BEGIN_DECLS

/* Every function finds the window, and with it the model, by @widget, and says
 * by itself, in words, what became of it. @device: (nullable): an ID; NULL: whom
 * it is for is asked once it is known what. Copied. */

/* Asks which files (or folders), then sends them. */
void shoal_sending_choose  (GtkWidget *widget, const char *device, gboolean folders);
/* Asks for a text. */
void shoal_sending_write   (GtkWidget *widget, const char *device);
/* The clipboard's files, picture or text; never sent without a question. */
void shoal_sending_paste   (GtkWidget *widget);
/* Asks whom @payload is for: people, or a link for anybody. */
void shoal_sending_ask     (GtkWidget *widget, ShoalPayload *payload);
/* Sends. @devices: IDs, also beginnings of one, as long as a device near is only
 * known by its announcement. Toasts what waits for whom. */
void shoal_sending_send    (GtkWidget *widget, ShoalPayload *payload,
                            const char *const *devices);
/* @error came of what was dropped, pasted or chosen: says it, and offers the
 * file chooser as the way out. */
void shoal_sending_explain (GtkWidget *widget, const GError *error, const char *device);

G_END_DECLS
