/* shoal-chooser.h: dialogues that ask for files and folders.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* (transfer full): a modal one, not yet shown. The caller drops it when it has responded. */
GtkFileChooserNative *shoal_chooser_new (GtkWindow           *parent,
                                         const char          *title,
                                         GtkFileChooserAction action,
                                         const char          *accept_label);

G_END_DECLS
