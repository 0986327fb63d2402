/* shoal-device-id.h: the name that a device cannot lie about.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-hash.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/* SHA-256 of a device's public key (DER SubjectPublicKeyInfo). A plain value. */
typedef ShoalHash ShoalDeviceId;

/* Text form, as Syncthing's: the 52 base32 digits (RFC 4648, no padding) of
 * the 32 bytes in four runs of 13, each with a check digit (Luhn mod 32), all
 * that in eight groups of seven: "P56IOI7-MZJNU2Y-…". */
#define SHOAL_DEVICE_ID_DIGITS 56       /* without dashes */
#define SHOAL_DEVICE_ID_TEXT_LENGTH 63  /* with dashes, without NUL */
#define SHOAL_DEVICE_ID_MIN_PREFIX 7    /* digits; 35 bits */

/* Returns: (transfer full) */
char *shoal_device_id_to_text  (const ShoalDeviceId *id);
/* The first group, seven digits. Returns: (transfer full) */
char *shoal_device_id_to_short (const ShoalDeviceId *id);

/* Reads a whole ID. Case, dashes, spaces and the usual slips (0 for O, 1 for
 * I, 8 for B) do not matter. INVALID, naming the groups that are wrong, leaves
 * @id alone. @text is any NUL-terminated string. */
gboolean shoal_device_id_parse (const char *text, ShoalDeviceId *id, GError **error);

/* The beginning of an ID, as people type it and as announcements carry it. */
typedef struct
{
  char  digits[SHOAL_DEVICE_ID_DIGITS + 1]; /* upper case, NUL-terminated */
  guint n_digits;
} ShoalDeviceIdPrefix;

/* At least seven digits, at most all; forgives what shoal_device_id_parse()
 * forgives, and checks the runs that are complete. INVALID leaves @prefix
 * alone. */
gboolean shoal_device_id_prefix_parse   (const char *text, ShoalDeviceIdPrefix *prefix,
                                         GError **error);
/* The first @n_digits of @id: 10 go into an announcement. */
void     shoal_device_id_prefix_init    (ShoalDeviceIdPrefix *prefix, const ShoalDeviceId *id,
                                         guint n_digits);
gboolean shoal_device_id_prefix_matches (const ShoalDeviceIdPrefix *prefix,
                                         const ShoalDeviceId *id);

/* The mark: four small shapes that tell devices of equal name apart at a
 * glance, drawn from the first four digits (20 bits), so that an announcement
 * suffices to show it. Not proof of anything: a million keys forge it. */
#define SHOAL_N_MARK_SHAPES 32
#define SHOAL_MARK_LENGTH 4

typedef struct
{
  uint8_t shapes[SHOAL_MARK_LENGTH]; /* each < SHOAL_N_MARK_SHAPES */
} ShoalDeviceMark;

ShoalDeviceMark shoal_device_id_get_mark        (const ShoalDeviceId *id);
ShoalDeviceMark shoal_device_id_prefix_get_mark (const ShoalDeviceIdPrefix *prefix);
/* One glyph, one terminal column wide, UTF-8; static. */
const char     *shoal_mark_shape_glyph          (guint shape);
/* The word for a shape, in English, lower case, for screen readers; static. */
const char     *shoal_mark_shape_name           (guint shape);
/* The four glyphs. Returns: (transfer full) */
char           *shoal_device_mark_to_text       (const ShoalDeviceMark *mark);

G_END_DECLS
