/* shoal-window.h: the main window: pages, cards above them, toasts over all.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-model.h"

#include <adwaita.h>

G_BEGIN_DECLS

/* The names of the pages; also the parameter of win.show-page. */
#define SHOAL_PAGE_PEOPLE "people"
#define SHOAL_PAGE_TRANSFERS "transfers"
#define SHOAL_PAGE_SHARED "shared"

/**
 * ShoalWindow:
 *
 * Shows what the model's state asks for: starting, first run, why it cannot
 * start, or the pages. A widget inside finds it with shoal_window_of(), or asks
 * through its actions:
 *
 * win.show-page (s), win.show-person (s: device ID), win.trouble, win.back,
 * win.send-files, win.send-folder, win.send-text, win.open-link, win.paste,
 * win.share-files, win.share-folder, win.invite, win.help, win.help-page (s: as
 * shoal_help_window_show() takes it).
 *
 * Signal "page-changed": another page is shown, see shoal_window_get_page().
 */
#define SHOAL_TYPE_WINDOW (shoal_window_get_type ())
G_DECLARE_FINAL_TYPE (ShoalWindow, shoal_window, SHOAL, WINDOW, AdwApplicationWindow)

ShoalWindow *shoal_window_new (GtkApplication *application, ShoalModel *model);
/* (transfer none) (nullable): the main window that @widget is in, or that its
 * dialogue is transient for. */
ShoalWindow *shoal_window_of  (GtkWidget *widget);
ShoalModel  *shoal_window_get_model (ShoalWindow *self);

/* Leaves subpages and shows a page by its name. */
void shoal_window_show_page   (ShoalWindow *self, const char *page);
const char *shoal_window_get_page (ShoalWindow *self);
/* The page of a person: what they share, and what one can do. */
void shoal_window_show_person (ShoalWindow *self, const char *device);

/* Puts @child over the pages, with a header that leads back; Escape and
 * Alt+Left as well. It is destroyed on the way back. @title is copied. */
void shoal_window_push (ShoalWindow *self, GtkWidget *child, const char *title);
/* Back to what was below. */
void shoal_window_pop  (ShoalWindow *self);

/* @text is plain, not markup. */
void shoal_window_toast       (ShoalWindow *self, const char *text);
/* Takes @toast over (with its button, for undo). */
void shoal_window_add_toast   (ShoalWindow *self, AdwToast *toast);
/* What happened and what to do next, with “Copy Details”. */
void shoal_window_toast_error (ShoalWindow *self, const GError *error);

/* Opens the chooser of receivers for files (paths) or a text: the widget of
 * `people` does; here so that menus, keys, D-Bus and --send meet. */
void shoal_window_choose_receivers (ShoalWindow *self, const char *const *paths,
                                    const char *text);
/* A link, an invite or the path of a .torrent file: shows what it is and asks. */
void shoal_window_open_what        (ShoalWindow *self, const char *what);

G_END_DECLS
