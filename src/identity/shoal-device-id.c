/* shoal-device-id.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-identity"

#include "config.h"

#include "shoal-device-id.h"

#include "shoal-error.h"

#define GROUP_SIZE 7
#define N_GROUPS 8
/* A run is 13 digits and their check digit: two groups. */
#define RUN_SIZE 14
#define N_RUNS 4
#define RUN_DIGITS 13

static const char BASE32[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

static const char NEXT_STEP[] = "Copy the ID again from the other device.";

/* --- Digits -------------------------------------------------------------- */

/* The value of what somebody typed, or -1. 0, 1 and 8 are not in the alphabet
 * and look like three letters that are. */
static int
digit_value (char c)
{
  switch (c)
    {
    case '0':
      c = 'O';
      break;
    case '1':
      c = 'I';
      break;
    case '8':
      c = 'B';
      break;
    default:
      c = g_ascii_toupper (c);
    }
  if (c >= 'A' && c <= 'Z')
    return c - 'A';
  if (c >= '2' && c <= '7')
    return c - '2' + 26;
  return -1;
}

/* Syncthing's Luhn mod 32: factors 1, 2, 1 … from the left. */
static char
check_digit (const char *digits)
{
  int sum = 0;

  for (int i = 0; i < RUN_DIGITS; i++)
    {
      int addend = digit_value (digits[i]) * (i % 2 + 1);

      sum += addend / 32 + addend % 32;
    }
  return BASE32[(32 - sum % 32) % 32];
}

/* @digits: SHOAL_DEVICE_ID_DIGITS + 1 bytes. */
static void
id_to_digits (const ShoalDeviceId *id, char *digits)
{
  guint bits = 0, n_bits = 0, at = 0;

  for (int i = 0; i < SHOAL_HASH_SIZE; i++)
    {
      bits = bits << 8 | id->bytes[i];
      n_bits += 8;
      while (n_bits >= 5)
        {
          n_bits -= 5;
          digits[at++] = BASE32[bits >> n_bits & 31];
          if (at % RUN_SIZE == RUN_DIGITS)
            {
              digits[at] = check_digit (digits + at - RUN_DIGITS);
              at++;
            }
        }
    }
  /* One bit is left: the 52nd digit and the last check digit. */
  digits[at++] = BASE32[bits << (5 - n_bits) & 31];
  digits[at] = check_digit (digits + at - RUN_DIGITS);
  digits[++at] = '\0';
  g_assert (at == SHOAL_DEVICE_ID_DIGITS);
}

/* FALSE if the four bits after the 256th are not zero. */
static gboolean
digits_to_id (const char *digits, ShoalDeviceId *id)
{
  guint bits = 0, n_bits = 0, at = 0;

  for (int i = 0; i < SHOAL_DEVICE_ID_DIGITS; i++)
    {
      if (i % RUN_SIZE == RUN_DIGITS)
        continue;
      bits = bits << 5 | (guint) digit_value (digits[i]);
      n_bits += 5;
      if (n_bits >= 8 && at < SHOAL_HASH_SIZE)
        {
          n_bits -= 8;
          id->bytes[at++] = (uint8_t) (bits >> n_bits);
        }
    }
  return (bits & 15) == 0;
}

/* --- Reading ------------------------------------------------------------- */

static gboolean
is_separator (char c)
{
  return c == '-' || g_ascii_isspace (c);
}

/* Names the group that has a digit too many or too few, by the dashes. */
static gboolean
set_length_error (const char *text, guint n_digits, GError **error)
{
  guint in_run = 0, before = 0;

  for (const char *p = text;; p++)
    {
      if (*p != '-' && *p != '\0')
        {
          in_run += !is_separator (*p);
          continue;
        }
      if (in_run % GROUP_SIZE != 0 && strchr (text, '-') != NULL)
        return shoal_error_set (error, SHOAL_ERROR_INVALID, SHOAL_SIDE_HERE, NEXT_STEP,
                                "Group %u of this device ID does not have seven characters",
                                before / GROUP_SIZE + MAX (in_run / GROUP_SIZE, 1));
      before += in_run;
      in_run = 0;
      if (*p == '\0')
        break;
    }

  return shoal_error_set (error, SHOAL_ERROR_INVALID, SHOAL_SIDE_HERE, NEXT_STEP,
                          "A device ID has %d characters, this has %u", SHOAL_DEVICE_ID_DIGITS,
                          n_digits);
}

/* Collects the digits, upper case and corrected. */
static gboolean
read_digits (const char *text, ShoalDeviceIdPrefix *prefix, GError **error)
{
  guint n = 0, n_all = 0;

  for (const char *p = text; *p != '\0'; p++)
    {
      int value;

      if (is_separator (*p))
        continue;
      value = digit_value (*p);
      if (value < 0)
        return shoal_error_set (error, SHOAL_ERROR_INVALID, SHOAL_SIDE_HERE, NEXT_STEP,
                                "Group %u of this device ID has a character that no ID has",
                                n_all / GROUP_SIZE + 1);
      if (n < SHOAL_DEVICE_ID_DIGITS)
        prefix->digits[n++] = BASE32[value];
      n_all++;
    }

  if (n_all > SHOAL_DEVICE_ID_DIGITS)
    return set_length_error (text, n_all, error);
  prefix->digits[n] = '\0';
  prefix->n_digits = n;
  return TRUE;
}

/* Checks each run that is complete. */
static gboolean
check_runs (const ShoalDeviceIdPrefix *prefix, GError **error)
{
  g_autoptr (GString) wrong = g_string_new (NULL);

  for (guint run = 0; (run + 1) * RUN_SIZE <= prefix->n_digits; run++)
    {
      const char *digits = prefix->digits + run * RUN_SIZE;

      if (check_digit (digits) != digits[RUN_DIGITS])
        g_string_append_printf (wrong, "%s%u or %u", wrong->len > 0 ? ", " : "", run * 2 + 1,
                                run * 2 + 2);
    }

  if (wrong->len > 0)
    return shoal_error_set (error, SHOAL_ERROR_INVALID, SHOAL_SIDE_HERE, NEXT_STEP,
                            "There is a slip in this device ID, in group %s", wrong->str);
  return TRUE;
}

/* --- Public -------------------------------------------------------------- */

char *
shoal_device_id_to_text (const ShoalDeviceId *id)
{
  char digits[SHOAL_DEVICE_ID_DIGITS + 1];
  GString *text = g_string_sized_new (SHOAL_DEVICE_ID_TEXT_LENGTH + 1);

  g_return_val_if_fail (id != NULL, NULL);

  id_to_digits (id, digits);
  for (int i = 0; i < N_GROUPS; i++)
    {
      if (i > 0)
        g_string_append_c (text, '-');
      g_string_append_len (text, digits + i * GROUP_SIZE, GROUP_SIZE);
    }
  return g_string_free (text, FALSE);
}

char *
shoal_device_id_to_short (const ShoalDeviceId *id)
{
  char digits[SHOAL_DEVICE_ID_DIGITS + 1];

  g_return_val_if_fail (id != NULL, NULL);

  id_to_digits (id, digits);
  return g_strndup (digits, GROUP_SIZE);
}

gboolean
shoal_device_id_parse (const char *text, ShoalDeviceId *id, GError **error)
{
  ShoalDeviceIdPrefix all;
  ShoalDeviceId result;

  g_return_val_if_fail (text != NULL && id != NULL, FALSE);

  if (!read_digits (text, &all, error))
    return FALSE;
  if (all.n_digits != SHOAL_DEVICE_ID_DIGITS)
    return set_length_error (text, all.n_digits, error);
  if (!check_runs (&all, error))
    return FALSE;
  if (!digits_to_id (all.digits, &result))
    return shoal_error_set (error, SHOAL_ERROR_INVALID, SHOAL_SIDE_HERE, NEXT_STEP,
                            "Group %d of this device ID is wrong", N_GROUPS);
  *id = result;
  return TRUE;
}

gboolean
shoal_device_id_prefix_parse (const char *text, ShoalDeviceIdPrefix *prefix, GError **error)
{
  ShoalDeviceIdPrefix result = { 0 };

  g_return_val_if_fail (text != NULL && prefix != NULL, FALSE);

  if (!read_digits (text, &result, error))
    return FALSE;
  if (result.n_digits < SHOAL_DEVICE_ID_MIN_PREFIX)
    return shoal_error_set (error, SHOAL_ERROR_INVALID, SHOAL_SIDE_HERE,
                            "Give more of the ID.",
                            "The beginning of a device ID needs at least %d characters",
                            SHOAL_DEVICE_ID_MIN_PREFIX);
  if (!check_runs (&result, error))
    return FALSE;
  *prefix = result;
  return TRUE;
}

void
shoal_device_id_prefix_init (ShoalDeviceIdPrefix *prefix, const ShoalDeviceId *id, guint n_digits)
{
  g_return_if_fail (prefix != NULL && id != NULL);
  g_return_if_fail (n_digits >= SHOAL_DEVICE_ID_MIN_PREFIX && n_digits <= SHOAL_DEVICE_ID_DIGITS);

  id_to_digits (id, prefix->digits);
  prefix->digits[n_digits] = '\0';
  prefix->n_digits = n_digits;
}

gboolean
shoal_device_id_prefix_matches (const ShoalDeviceIdPrefix *prefix, const ShoalDeviceId *id)
{
  char digits[SHOAL_DEVICE_ID_DIGITS + 1];

  g_return_val_if_fail (prefix != NULL && id != NULL, FALSE);

  id_to_digits (id, digits);
  return memcmp (digits, prefix->digits, prefix->n_digits) == 0;
}

/* --- Mark ---------------------------------------------------------------- */

/* Each is narrow in every locale that is not East Asian legacy, and is drawn as
 * text, not as a picture, unless asked for. The order is part of the design:
 * a mark must look the same everywhere. */
static const struct
{
  const char *glyph;
  const char *name;
} SHAPES[SHOAL_N_MARK_SHAPES] = {
  { "●", "disc" },      { "○", "ring" },     { "■", "square" },   { "□", "frame" },
  { "▲", "triangle" },  { "△", "tent" },     { "▼", "funnel" },   { "▽", "cup" },
  { "◆", "diamond" },   { "◇", "kite" },     { "★", "star" },     { "☆", "open star" },
  { "♠", "spade" },     { "♣", "club" },     { "♥", "heart" },    { "♡", "open heart" },
  { "♪", "note" },      { "☀", "sun" },      { "☁", "cloud" },    { "☂", "umbrella" },
  { "☎", "telephone" }, { "☾", "moon" },     { "⚑", "flag" },     { "✈", "plane" },
  { "✎", "pencil" },    { "✂", "scissors" }, { "✿", "flower" },   { "❄", "snowflake" },
  { "✚", "cross" },     { "⌂", "house" },    { "♞", "horse" },    { "♛", "crown" },
};

ShoalDeviceMark
shoal_device_id_get_mark (const ShoalDeviceId *id)
{
  ShoalDeviceIdPrefix prefix;

  shoal_device_id_prefix_init (&prefix, id, SHOAL_DEVICE_ID_MIN_PREFIX);
  return shoal_device_id_prefix_get_mark (&prefix);
}

ShoalDeviceMark
shoal_device_id_prefix_get_mark (const ShoalDeviceIdPrefix *prefix)
{
  ShoalDeviceMark mark = { { 0 } };

  g_return_val_if_fail (prefix->n_digits >= SHOAL_MARK_LENGTH, mark);

  for (int i = 0; i < SHOAL_MARK_LENGTH; i++)
    mark.shapes[i] = (uint8_t) digit_value (prefix->digits[i]);
  return mark;
}

const char *
shoal_mark_shape_glyph (guint shape)
{
  g_return_val_if_fail (shape < SHOAL_N_MARK_SHAPES, "?");

  return SHAPES[shape].glyph;
}

const char *
shoal_mark_shape_name (guint shape)
{
  g_return_val_if_fail (shape < SHOAL_N_MARK_SHAPES, "?");

  return SHAPES[shape].name;
}

char *
shoal_device_mark_to_text (const ShoalDeviceMark *mark)
{
  GString *text = g_string_new (NULL);

  for (int i = 0; i < SHOAL_MARK_LENGTH; i++)
    g_string_append (text, shoal_mark_shape_glyph (mark->shapes[i]));
  return g_string_free (text, FALSE);
}
