/* shoal-application-private.h: the application's insides, for its own files.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#ifndef SHOAL_APPLICATION_ITSELF
#error "Only for the application itself."
#endif

#include "shoal-application.h"
#include "shoal-awake.h"
#include "shoal-notifications.h"
#include "shoal-verb-service.h"
#include "shoal-main-window.h"

G_BEGIN_DECLS

struct _ShoalApplication
{
  AdwApplication       parent_instance;

  /* Set before start-up. */
  ShoalEngineOptions   options;       /* its strings (owned) */

  ShoalModel          *model;         /* (owned) (nullable) */
  ShoalNotifications  *notifications; /* (owned) (nullable) */
  ShoalMainWindow         *window;        /* (unowned) (nullable): the one main window */
  gboolean             held;          /* from start-up until the engine has stopped */
  gboolean             stays;         /* told to stay by --background */
  gboolean             quitting;
  GPtrArray           *lines;         /* (owned): command lines that came since */
  GPtrArray           *calls;         /* (owned): of GDBusMessage: what else came since */
  guint                n_handed_on;   /* of them, not answered yet */
  ShoalVerbService    *verbs;         /* (owned) (nullable): without a session bus: none */
  guint                n_hosted;      /* verbs of shoal-cli that run here */
  int                  background_told; /* to the desktop: -1: nothing yet; 1: stays; 2: at login */
  ShoalAwake          *awake;         /* (owned) (nullable) */
  guint                leave_timer;
  guint                signals[3];    /* of the process */
};

/* Shows the main window, made if need be. */
ShoalMainWindow *shoal_application_present (ShoalApplication *self);

/* shoal-application-ending.c */
/* Ends it all; asks nothing. */
void shoal_application_end     (ShoalApplication *self);
/* The engine has stopped. */
void shoal_application_let_go  (ShoalApplication *self);
/* What comes while it ends. Returns the status for the program that calls. */
int  shoal_application_put_off (ShoalApplication *self, GApplicationCommandLine *line);
/* @parameters: (transfer floating) */
void shoal_application_hand_on (ShoalApplication *self, const char *method, GVariant *parameters);

/* shoal-application-closing.c */
/* Nobody may need it any more. */
void shoal_application_consider_leaving (ShoalApplication *self);
/* The window is shown, or is not any more. */
void shoal_application_window_visible   (ShoalApplication *self);
void shoal_application_settings_changed (ShoalApplication *self);

/* shoal-application-actions.c */
void shoal_application_add_actions (ShoalApplication *self);
/* shoal-application-about.c */
void shoal_application_show_about  (ShoalApplication *self);

G_END_DECLS
