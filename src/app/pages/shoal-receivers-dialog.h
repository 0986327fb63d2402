/* shoal-receivers-dialog.h: whom is this for? Several people, or a link.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-payload.h"
#include "shoal-window.h"

G_BEGIN_DECLS

#define SHOAL_TYPE_RECEIVERS_DIALOG (shoal_receivers_dialog_get_type ())
G_DECLARE_FINAL_TYPE (ShoalReceiversDialog, shoal_receivers_dialog, SHOAL, RECEIVERS_DIALOG,
                      AdwWindow)

/* Nothing is sent before the person says so in it. */
void shoal_receivers_dialog_present (ShoalWindow *parent, ShoalPayload *payload);

G_END_DECLS
