/* shoal-settings-private.h: making settings; for the engine alone.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#ifndef SHOAL_ENGINE_ROOM
#error "only for the engine room"
#endif

#include "shoal-settings.h"

G_BEGIN_DECLS

/* What holds where nothing is stored; without name and directory. (transfer full) */
ShoalSettings *shoal_settings_new_default (void);
ShoalSettings *shoal_settings_copy        (const ShoalSettings *settings);
/* Checks @value and sets the field of @key. INVALID
 * says what is wrong with it; nothing but the value itself is looked at. */
gboolean       shoal_settings_set_value   (ShoalSettings *settings, const char *key,
                                           GVariant *value, GError **error);

/* The text a value is stored as, and back: NULL if it is none (any more). */
char          *shoal_settings_to_stored   (const char *key, GVariant *value);
GVariant      *shoal_settings_from_stored (const char *key, const char *text);

/* 1 to SHOAL_MAX_LABEL_BYTES bytes of text that can be seen, without controls.
 * (transfer full) (nullable): trimmed */
char          *shoal_label_check          (const char *text, GError **error);

G_END_DECLS
