/* shoal-send-text-dialog.h: asks for a text to send.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-window.h"

G_BEGIN_DECLS

#define SHOAL_TYPE_SEND_TEXT_DIALOG (shoal_send_text_dialog_get_type ())
G_DECLARE_FINAL_TYPE (ShoalSendTextDialog, shoal_send_text_dialog, SHOAL, SEND_TEXT_DIALOG,
                      AdwWindow)

/* @device: (nullable): an ID; NULL: whom it is for is asked afterwards. */
void shoal_send_text_dialog_present (ShoalWindow *parent, const char *device);

G_END_DECLS
