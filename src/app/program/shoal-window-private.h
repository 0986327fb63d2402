/* shoal-window-private.h: the main window's insides, for its own files.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#ifndef SHOAL_WINDOW_ITSELF
#error "Only for the window itself."
#endif

#include "shoal-window.h"

G_BEGIN_DECLS

struct _ShoalWindow
{
  AdwApplicationWindow  parent_instance;

  ShoalModel           *model;          /* (owned) */
  GSettings            *view;           /* (owned) (nullable): what is remembered */
  GPtrArray            *pending;        /* (owned) of GVariant: for when it runs */
  guint                 reveal_timer;   /* 0: none */

  /* Template. */
  AdwLeaflet           *leaflet;
  GtkWidget            *main_page;
  GtkStack             *stack;
  AdwViewStack         *pages;
  AdwBin               *incoming_bin;
  AdwBin               *first_run_bin;
  AdwViewSwitcherBar   *switcher_bar;
  AdwViewSwitcherTitle *switcher_title;
  AdwToastOverlay      *toasts;
  AdwStatusPage        *trouble_status;

  AdwViewStackPage     *transfers_page; /* (unowned) */
};

/* shoal-window-actions.c */
void     shoal_window_install_actions (GtkWidgetClass *klass);
/* What needs a running engine. */
void     shoal_window_enable_actions  (ShoalWindow *self, gboolean running);
/* What was asked before the engine ran. */
void     shoal_window_run_pending     (ShoalWindow *self);

/* shoal-window-state.c: size, page, closing */
void     shoal_window_restore (ShoalWindow *self);
/* TRUE: stays open for now. */
gboolean shoal_window_closing (ShoalWindow *self);

G_END_DECLS
