/* shoal-server-dialog.h: asks for the address of a tracker, a STUN or a TURN server.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-model.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define SHOAL_TYPE_SERVER_DIALOG (shoal_server_dialog_get_type ())
G_DECLARE_FINAL_TYPE (ShoalServerDialog, shoal_server_dialog, SHOAL, SERVER_DIALOG, AdwWindow)

/* Edits the entry at @position of the setting @key, "trackers" or "servers"; -1: a
 * new one. A password that is stored is kept unless another one is typed, and is
 * never shown. */
void shoal_server_dialog_show (GtkWindow *parent, ShoalModel *model, const char *key,
                               int position);

G_END_DECLS
