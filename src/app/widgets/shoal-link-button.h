/* shoal-link-button.h: a link, to copy or to hold before a camera.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/**
 * ShoalLinkButton:
 *
 * A button whose popover has the QR code of a link and copies it. GTK thread.
 */
#define SHOAL_TYPE_LINK_BUTTON (shoal_link_button_get_type ())
G_DECLARE_FINAL_TYPE (ShoalLinkButton, shoal_link_button, SHOAL, LINK_BUTTON, GtkWidget)

/* @link: (nullable): hides the button. @hint: (nullable): who can use the link. */
void shoal_link_button_set_link (ShoalLinkButton *self, const char *link, const char *hint);
/* Copies the link and says so. */
void shoal_link_button_copy     (ShoalLinkButton *self);
void shoal_link_button_popup    (ShoalLinkButton *self);

G_END_DECLS
