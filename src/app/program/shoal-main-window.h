/* shoal-main-window.h: the main window: the pages, and cards above them.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-window.h"

G_BEGIN_DECLS

/**
 * ShoalMainWindow:
 *
 * Shows what the model's state asks for: starting, first run, why it cannot
 * start, or the pages. Widgets inside ask through its actions:
 *
 * win.show-page (s), win.show-person (s: device ID), win.trouble, win.send-files,
 * win.send-folder, win.send-text, win.open-link, win.paste, win.share-files,
 * win.share-folder, win.invite, win.help, win.help-page (s: as
 * shoal_help_window_show() takes it).
 *
 * Signal "page-changed": another page is shown, see shoal_main_window_get_page().
 */
#define SHOAL_TYPE_MAIN_WINDOW (shoal_main_window_get_type ())
G_DECLARE_FINAL_TYPE (ShoalMainWindow, shoal_main_window, SHOAL, MAIN_WINDOW, ShoalWindow)

ShoalMainWindow *shoal_main_window_new (GtkApplication *application, ShoalModel *model);

/* Leaves subpages and shows a page by its name. */
void        shoal_main_window_show_page   (ShoalMainWindow *self, const char *page);
const char *shoal_main_window_get_page    (ShoalMainWindow *self);
/* The page of a person: what they share, and what one can do. */
void        shoal_main_window_show_person (ShoalMainWindow *self, const char *device);

/* Opens the chooser of receivers for files (paths) or a text: the widget of
 * `people` does; here so that menus, keys, D-Bus and --send meet. */
void shoal_main_window_choose_receivers (ShoalMainWindow *self, const char *const *paths,
                                         const char *text);
/* A link, an invite or the path of a .torrent file: shows what it is and asks,
 * once the engine runs. */
void shoal_main_window_open_what        (ShoalMainWindow *self, const char *what);

G_END_DECLS
