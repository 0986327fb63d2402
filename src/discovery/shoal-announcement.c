/* shoal-announcement.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-discovery"

#include "config.h"

#include "shoal-announcement.h"

#include "shoal-error.h"
#include "shoal-limits.h"
#include "shoal-txt.h"

#define LAYOUT_VERSION "1"
#define BASE64_ALPHABET "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
#define MAX_TAG_STRINGS (SHOAL_ANNOUNCEMENT_MAX_TAGS / SHOAL_ANNOUNCEMENT_TAGS_PER_STRING)

G_STATIC_ASSERT (sizeof (ShoalAnnouncementTag) == SHOAL_ANNOUNCEMENT_TAG_SIZE);
G_STATIC_ASSERT (SHOAL_ANNOUNCEMENT_MAX_TAGS % SHOAL_ANNOUNCEMENT_TAGS_PER_STRING == 0);
/* Multiples of three bytes, so that base64 needs no padding. */
G_STATIC_ASSERT (SHOAL_ANNOUNCEMENT_NONCE_SIZE % 3 == 0 && SHOAL_ANNOUNCEMENT_TAG_SIZE % 3 == 0);
/* "t0=" and the tags; "n=" and a name. */
G_STATIC_ASSERT (3 + SHOAL_ANNOUNCEMENT_TAGS_PER_STRING * SHOAL_ANNOUNCEMENT_TAG_SIZE / 3 * 4
                 <= 255);
G_STATIC_ASSERT (2 + SHOAL_MAX_LABEL_BYTES <= 255);

void
shoal_announcement_clear (ShoalAnnouncement *self)
{
  g_free (self->name);
  memset (self, 0, sizeof *self);
}

/* --- Names --------------------------------------------------------------- */

/* At most @max bytes of @text, whole characters, control characters as spaces. */
static char *
clean_label (const char *text, size_t max)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  GString *out = g_string_new (NULL);

  for (const char *p = valid; *p != '\0'; p = g_utf8_next_char (p))
    {
      size_t size = (size_t) (g_utf8_next_char (p) - p);

      if (out->len + size > max)
        break;
      if (g_unichar_iscntrl (g_utf8_get_char (p)))
        g_string_append_c (out, ' ');
      else
        g_string_append_len (out, p, (gssize) size);
    }
  return g_strstrip (g_string_free (out, FALSE));
}

/* The same test on what others say; they are refused, not repaired. */
static gboolean
label_is_clean (const char *text)
{
  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
    if (g_unichar_iscntrl (g_utf8_get_char (p)))
      return FALSE;
  return *text != '\0';
}

char *
shoal_announcement_instance_name (const char *name)
{
  g_autofree char *clean = clean_label (name, SHOAL_ANNOUNCEMENT_MAX_INSTANCE);

  return *clean != '\0' ? g_steal_pointer (&clean) : g_strdup ("Shoal");
}

/* --- Format -------------------------------------------------------------- */

static void
add_pair (GPtrArray *strings, const char *key, const char *value)
{
  g_autofree char *pair = g_strdup_printf ("%s=%s", key, value);

  shoal_txt_strings_add (strings, pair, strlen (pair));
}

static void
add_base64 (GPtrArray *strings, const char *key, const void *data, size_t size)
{
  g_autofree char *text = g_base64_encode (data, size);

  add_pair (strings, key, text);
}

GBytes *
shoal_announcement_format (const ShoalAnnouncement *self)
{
  g_autoptr (GPtrArray) strings = shoal_txt_strings_new ();
  char number[12];

  g_return_val_if_fail (self->version >= 1 && self->version <= G_MAXUINT16, NULL);
  g_return_val_if_fail (self->n_tags <= SHOAL_ANNOUNCEMENT_MAX_TAGS, NULL);

  add_pair (strings, "txtvers", LAYOUT_VERSION);
  g_snprintf (number, sizeof number, "%u", self->version);
  add_pair (strings, "v", number);

  if (self->id[0] != '\0')
    {
      g_autofree char *name = clean_label (self->name != NULL ? self->name : "",
                                           SHOAL_MAX_LABEL_BYTES);

      add_pair (strings, "id", self->id);
      if (*name != '\0')
        add_pair (strings, "n", name);
    }
  else
    {
      add_base64 (strings, "r", self->nonce, sizeof self->nonce);
      for (guint done = 0, i = 0; done < self->n_tags; i++)
        {
          guint count = MIN (self->n_tags - done, SHOAL_ANNOUNCEMENT_TAGS_PER_STRING);
          char key[] = { 't', (char) ('0' + i), '\0' };

          add_base64 (strings, key, self->tags[done].bytes, count * sizeof self->tags[0]);
          done += count;
        }
    }
  return shoal_txt_join (strings);
}

/* --- Parse --------------------------------------------------------------- */

/* The value of the first string with @key, NUL-terminated; (transfer full) (nullable): NULL if
 * there is none. A value with a NUL or that is not UTF-8 counts as the empty string, which none
 * of our keys may have. */
static char *
find_value (GPtrArray *strings, const char *key)
{
  size_t key_size = strlen (key);

  for (guint i = 0; i < strings->len; i++)
    {
      size_t size;
      const char *text = g_bytes_get_data (g_ptr_array_index (strings, i), &size);

      if (size <= key_size || text[key_size] != '='
          || g_ascii_strncasecmp (text, key, key_size) != 0)
        continue;
      text += key_size + 1;
      size -= key_size + 1;
      return g_utf8_validate_len (text, size, NULL) ? g_strndup (text, size) : g_strdup ("");
    }
  return NULL;
}

/* Exactly @max bytes or, if @unit is not 0, a multiple of @unit up to @max; the size, 0 on
 * failure. GLib's own decoder passes over what it does not know. */
static size_t
decode_base64 (const char *text, uint8_t *out, size_t max, size_t unit)
{
  size_t length = strlen (text);
  size_t size = length / 4 * 3;
  g_autofree guchar *data = NULL;
  gsize decoded;

  if (length == 0 || length % 4 != 0 || strspn (text, BASE64_ALPHABET) != length || size > max
      || (unit == 0 ? size != max : size % unit != 0))
    return 0;

  data = g_base64_decode (text, &decoded);
  if (decoded != size)
    return 0;
  memcpy (out, data, size);
  return size;
}

static gboolean
parse_for_everyone (ShoalAnnouncement *self, GPtrArray *strings, const char *id)
{
  self->name = find_value (strings, "n");
  if (self->name != NULL
      && (strlen (self->name) > SHOAL_MAX_LABEL_BYTES || !label_is_clean (self->name)))
    return FALSE;

  if (strlen (id) != SHOAL_ANNOUNCEMENT_ID_CHARS)
    return FALSE;
  for (guint i = 0; i < SHOAL_ANNOUNCEMENT_ID_CHARS; i++)
    {
      if (!g_ascii_isalnum (id[i]))
        return FALSE;
      self->id[i] = g_ascii_toupper (id[i]);
    }
  return TRUE;
}

static gboolean
parse_for_friends (ShoalAnnouncement *self, GPtrArray *strings)
{
  g_autofree char *nonce = find_value (strings, "r");

  if (nonce == NULL || decode_base64 (nonce, self->nonce, sizeof self->nonce, 0) == 0)
    return FALSE;

  for (guint i = 0; i < MAX_TAG_STRINGS; i++)
    {
      char key[] = { 't', (char) ('0' + i), '\0' };
      g_autofree char *text = find_value (strings, key);
      size_t size;

      if (text == NULL)
        break;
      size = decode_base64 (text, self->tags[self->n_tags].bytes,
                            SHOAL_ANNOUNCEMENT_TAGS_PER_STRING * sizeof self->tags[0],
                            sizeof self->tags[0]);
      if (size == 0)
        return FALSE;
      self->n_tags += (guint) (size / sizeof self->tags[0]);
    }
  return TRUE;
}

static gboolean
parse_strings (ShoalAnnouncement *self, GPtrArray *strings, GError **error)
{
  g_autofree char *layout = find_value (strings, "txtvers");
  g_autofree char *version = find_value (strings, "v");
  g_autofree char *id = find_value (strings, "id");
  guint64 number;

  if (layout != NULL && strcmp (layout, LAYOUT_VERSION) != 0)
    return shoal_error_set (error, SHOAL_ERROR_VERSION, SHOAL_SIDE_THERE,
                            "Use the same version of Shoal on both devices.",
                            "A device nearby announces itself in a way this Shoal does not know");

  if (version == NULL || !g_ascii_string_to_unsigned (version, 10, 1, G_MAXUINT16, &number, NULL)
      || !(id != NULL ? parse_for_everyone (self, strings, id) : parse_for_friends (self, strings)))
    return shoal_error_set (error, SHOAL_ERROR_INVALID, SHOAL_SIDE_THERE, NULL,
                            "Something nearby announces itself as Shoal, but is none");

  self->version = (guint) number;
  return TRUE;
}

gboolean
shoal_announcement_parse (GBytes *txt, ShoalAnnouncement *self, GError **error)
{
  g_autoptr (GPtrArray) strings = shoal_txt_split (txt);

  memset (self, 0, sizeof *self);
  if (strings == NULL)
    return shoal_error_set (error, SHOAL_ERROR_INVALID, SHOAL_SIDE_THERE, NULL,
                            "Something nearby announces itself with a malformed record");

  if (!parse_strings (self, strings, error))
    {
      shoal_announcement_clear (self);
      return FALSE;
    }
  return TRUE;
}

gboolean
shoal_announcement_has_tag (const ShoalAnnouncement *self, const ShoalAnnouncementTag *tag)
{
  for (guint i = 0; i < self->n_tags; i++)
    if (memcmp (self->tags[i].bytes, tag->bytes, sizeof tag->bytes) == 0)
      return TRUE;
  return FALSE;
}
