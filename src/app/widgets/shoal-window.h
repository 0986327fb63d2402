/* shoal-window.h: what pages, cards and dialogues ask of the main window.
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
 * A window with a model, subpages one upon the other, and toasts over all. It
 * knows no page: ShoalMainWindow puts them in, so that they can know this. A
 * widget inside finds it with shoal_window_of(). GTK's thread.
 *
 * Properties: "model" (construct only), "main-page" (the widget below all
 * subpages). Action: win.back; Escape too.
 */
#define SHOAL_TYPE_WINDOW (shoal_window_get_type ())
G_DECLARE_DERIVABLE_TYPE (ShoalWindow, shoal_window, SHOAL, WINDOW, AdwApplicationWindow)

struct _ShoalWindowClass
{
  AdwApplicationWindowClass parent_class;
};

/* (transfer none) (nullable): the main window that @widget is in, or that its
 * dialogue is transient for. */
ShoalWindow *shoal_window_of        (GtkWidget *widget);
/* (transfer none) */
ShoalModel  *shoal_window_get_model (ShoalWindow *self);

/* Puts @child over the pages, with a header that leads back; Escape and
 * Alt+Left as well. It is destroyed on the way back. @title is copied. */
void shoal_window_push    (ShoalWindow *self, GtkWidget *child, const char *title);
/* Back to what was below. */
void shoal_window_pop     (ShoalWindow *self);
/* Back to what is below all. */
void shoal_window_pop_all (ShoalWindow *self);

/* @text is plain, not markup. */
void shoal_window_toast       (ShoalWindow *self, const char *text);
/* Takes @toast over (with its button, for undo). */
void shoal_window_add_toast   (ShoalWindow *self, AdwToast *toast);
/* What happened and what to do next, with “Copy Details”. */
void shoal_window_toast_error (ShoalWindow *self, const GError *error);

G_END_DECLS
