/* shoal-main-window-private.h: the main window's insides, for its own files.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#ifndef SHOAL_MAIN_WINDOW_ITSELF
#error "Only for the window itself."
#endif

#include "shoal-main-window.h"

G_BEGIN_DECLS

struct _ShoalMainWindow
{
  ShoalWindow           parent_instance;

  GSettings            *view;           /* (owned) (nullable): what is remembered */
  GPtrArray            *pending;        /* (owned) of GVariant: for when it runs */
  guint                 reveal_timer;   /* 0: none */

  /* Template. */
  GtkStack             *stack;
  AdwViewStack         *pages;
  AdwBin               *incoming_bin;
  AdwBin               *first_run_bin;
  AdwViewSwitcherBar   *switcher_bar;
  AdwViewSwitcherTitle *switcher_title;
  AdwStatusPage        *trouble_status;

  AdwViewStackPage     *transfers_page; /* (unowned) */
};

/* shoal-main-window-actions.c */
void     shoal_main_window_install_actions (GtkWidgetClass *klass);
/* What needs a running engine. */
void     shoal_main_window_enable_actions  (ShoalMainWindow *self, gboolean running);
/* What was asked before the engine ran. */
void     shoal_main_window_run_pending     (ShoalMainWindow *self);

/* shoal-main-window-state.c: size, page, closing */
void     shoal_main_window_restore (ShoalMainWindow *self);
/* TRUE: stays open for now. */
gboolean shoal_main_window_closing (ShoalMainWindow *self);

G_END_DECLS
