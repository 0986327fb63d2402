/* shoal-application.h: the program: one instance, its model, windows and end.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-model.h"

#include <adwaita.h>

G_BEGIN_DECLS

/* Status: the Shoal that runs is ending. It has given its place back: run another one. */
#define SHOAL_APPLICATION_AGAIN 75

/**
 * ShoalApplication:
 *
 * Owns the model from start-up to the end, with or without a window. Quits only
 * when asked to, or when it was to quit on close and nothing moves any more; and
 * then only after the engine has stopped well.
 *
 * app.show, app.send (as: paths), app.open (s: link or path of a .torrent file),
 * app.preferences (s: page, may be empty), app.about, app.quit.
 */
#define SHOAL_TYPE_APPLICATION (shoal_application_get_type ())
G_DECLARE_FINAL_TYPE (ShoalApplication, shoal_application, SHOAL, APPLICATION, AdwApplication)

/* @id: (nullable): ours. @options: (nullable): as the command line says; copied. */
ShoalApplication *shoal_application_new (const char *id, const ShoalEngineOptions *options);

/* (transfer none) (nullable): from start-up to the end. */
ShoalModel *shoal_application_get_model (ShoalApplication *self);
/* The person closes the main window: it stays, goes, or asks. */
void        shoal_application_close_window (ShoalApplication *self);

G_END_DECLS
