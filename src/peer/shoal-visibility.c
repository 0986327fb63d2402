/* shoal-visibility.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-peer"

#include "config.h"

#include "shoal-visibility.h"

G_DEFINE_ENUM_TYPE (ShoalVisibility, shoal_visibility,
  G_DEFINE_ENUM_VALUE (SHOAL_VISIBLE_EVERYONE, "everyone"),
  G_DEFINE_ENUM_VALUE (SHOAL_VISIBLE_FRIENDS, "friends"),
  G_DEFINE_ENUM_VALUE (SHOAL_VISIBLE_NOBODY, "nobody"))
