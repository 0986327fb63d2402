/* shoal-settings.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-engine"

#include "config.h"

#include "shoal-settings.h"

G_DEFINE_ENUM_TYPE (ShoalSeenBy, shoal_seen_by,
  G_DEFINE_ENUM_VALUE (SHOAL_SEEN_BY_EVERYONE, "everyone"),
  G_DEFINE_ENUM_VALUE (SHOAL_SEEN_WHILE_OPEN, "while-open"),
  G_DEFINE_ENUM_VALUE (SHOAL_SEEN_BY_FRIENDS, "friends"),
  G_DEFINE_ENUM_VALUE (SHOAL_SEEN_BY_NOBODY, "nobody"))

G_DEFINE_ENUM_TYPE (ShoalAcceptPolicy, shoal_accept_policy,
  G_DEFINE_ENUM_VALUE (SHOAL_ACCEPT_ASK, "ask"),
  G_DEFINE_ENUM_VALUE (SHOAL_ACCEPT_FRIENDS, "friends"),
  G_DEFINE_ENUM_VALUE (SHOAL_ACCEPT_ALL, "all"))

G_DEFINE_ENUM_TYPE (ShoalOnClose, shoal_on_close,
  G_DEFINE_ENUM_VALUE (SHOAL_ON_CLOSE_ASK, "ask"),
  G_DEFINE_ENUM_VALUE (SHOAL_ON_CLOSE_KEEP, "keep"),
  G_DEFINE_ENUM_VALUE (SHOAL_ON_CLOSE_QUIT, "quit"))

ShoalSettings *
shoal_settings_ref (ShoalSettings *settings)
{
  return g_atomic_rc_box_acquire (settings);
}

static void
clear (gpointer data)
{
  ShoalSettings *settings = data;

  g_free (settings->name);
  g_clear_pointer (&settings->picture, g_bytes_unref);
  g_free (settings->download_directory);
  g_strfreev (settings->interfaces);
  g_free (settings->directory);
  g_free (settings->directory_trouble);
}

void
shoal_settings_unref (ShoalSettings *settings)
{
  g_atomic_rc_box_release_full (settings, clear);
}
