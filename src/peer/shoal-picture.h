/* shoal-picture.h: a picture a device shows of itself, which nobody decodes here.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-limits.h"

#include <glib.h>

G_BEGIN_DECLS

/* Begins as a PNG or JPEG file does, and has at most SHOAL_MAX_PICTURE_BYTES.
 * INVALID or LIMIT otherwise, for who has chosen it. */
gboolean shoal_picture_check (const void *data, gsize size, GError **error);

G_END_DECLS
