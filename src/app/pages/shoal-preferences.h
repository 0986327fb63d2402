/* shoal-preferences.h: what a person can set, and their friends.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-model.h"

#include <adwaita.h>

G_BEGIN_DECLS

/* The names of its pages. */
#define SHOAL_PREFERENCES_GENERAL "general"
#define SHOAL_PREFERENCES_NETWORK "network"
#define SHOAL_PREFERENCES_INTERNET "internet"
#define SHOAL_PREFERENCES_FRIENDS "friends"

/**
 * ShoalPreferences:
 *
 * The preferences window. What the engine obeys is asked of it and stored by it;
 * GSettings holds what concerns only the window. GTK thread.
 */
#define SHOAL_TYPE_PREFERENCES (shoal_preferences_get_type ())
G_DECLARE_FINAL_TYPE (ShoalPreferences, shoal_preferences, SHOAL, PREFERENCES,
                      AdwPreferencesWindow)

/* Shows it over @parent; the one that is open already, if any. @page: (nullable):
 * one of the names above. */
void shoal_preferences_show (GtkWindow *parent, ShoalModel *model, const char *page);

G_END_DECLS
