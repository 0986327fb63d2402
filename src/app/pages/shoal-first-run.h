/* shoal-first-run.h: the one page before anything is announced.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-model.h"

#include <adwaita.h>

G_BEGIN_DECLS

/* Shown by the window while the model's state is WELCOME. Leaving it (Escape
 * takes what is preselected) stores the settings, with first-run-done, and calls
 * shoal_model_begin(), which takes the window on. */
#define SHOAL_TYPE_FIRST_RUN (shoal_first_run_get_type ())
G_DECLARE_FINAL_TYPE (ShoalFirstRun, shoal_first_run, SHOAL, FIRST_RUN, AdwBin)

GtkWidget *shoal_first_run_new (ShoalModel *model);

G_END_DECLS
