/* shoal-help-window.h: the user guide, beside the main window.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-window.h"

G_BEGIN_DECLS

/* Does not keep from using the main window: what is read can be done at once.
 * There is one for each main window. */
#define SHOAL_TYPE_HELP_WINDOW (shoal_help_window_get_type ())
G_DECLARE_FINAL_TYPE (ShoalHelpWindow, shoal_help_window, SHOAL, HELP_WINDOW, AdwWindow)

/* @page: a page of docs/guide, and a section if need be: "troubleshooting#firewall";
 * empty: the contents. */
void shoal_help_window_show (ShoalWindow *parent, const char *page);

G_END_DECLS
