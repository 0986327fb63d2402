/* shoal-picture.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-peer"

#include "config.h"

#include "shoal-picture.h"

#include "shoal-error.h"

#include <glib/gi18n-lib.h>
#include <stdint.h>
#include <string.h>

gboolean
shoal_picture_check (const void *data, gsize size, GError **error)
{
  static const uint8_t PNG[] = { 0x89, 'P', 'N', 'G', 0x0d, 0x0a, 0x1a, 0x0a };
  static const uint8_t JPEG[] = { 0xff, 0xd8, 0xff };

  if (size > SHOAL_MAX_PICTURE_BYTES)
    return shoal_error_set (error, SHOAL_ERROR_LIMIT, SHOAL_SIDE_HERE,
                            _("Make it smaller: 128 × 128 pixels are enough."),
                            _("The picture has more than %u KiB"), SHOAL_MAX_PICTURE_BYTES / 1024);
  if ((size > sizeof PNG && memcmp (data, PNG, sizeof PNG) == 0)
      || (size > sizeof JPEG && memcmp (data, JPEG, sizeof JPEG) == 0))
    return TRUE;
  return shoal_error_set (error, SHOAL_ERROR_INVALID, SHOAL_SIDE_HERE,
                          _("Choose a PNG or JPEG picture."),
                          _("That is not a picture others can show"));
}
