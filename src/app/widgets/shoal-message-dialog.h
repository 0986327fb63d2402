/* shoal-message-dialog.h: questions and bad news.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/* An AdwMessageDialog whose heading may be of any length. */
GtkWidget *shoal_message_dialog_new (GtkWindow  *parent,
                                     const char *heading,
                                     const char *body);

G_END_DECLS
