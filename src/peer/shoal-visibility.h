/* shoal-visibility.h: who may see this device on the local network.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

typedef enum
{
  SHOAL_VISIBLE_EVERYONE, /* announce name and the beginning of the ID */
  SHOAL_VISIBLE_FRIENDS,  /* announce what only friends recognise */
  SHOAL_VISIBLE_NOBODY,   /* announce nothing */
} ShoalVisibility;

#define SHOAL_TYPE_VISIBILITY (shoal_visibility_get_type ())
GType shoal_visibility_get_type (void);

G_END_DECLS
