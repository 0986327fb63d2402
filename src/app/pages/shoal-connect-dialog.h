/* shoal-connect-dialog.h: a typed address: the way out when discovery sees nobody.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-window.h"

G_BEGIN_DECLS

/* Stays open with what went wrong, until it worked. */
#define SHOAL_TYPE_CONNECT_DIALOG (shoal_connect_dialog_get_type ())
G_DECLARE_FINAL_TYPE (ShoalConnectDialog, shoal_connect_dialog, SHOAL, CONNECT_DIALOG, AdwWindow)

void shoal_connect_dialog_present (ShoalWindow *parent);

G_END_DECLS
