/* shoal-invite.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-content"

#include "config.h"

#include "shoal-invite.h"

#include "shoal-bytes.h"
#include "shoal-names.h"

#include <string.h>

#define VERSION 1
#define MAX_TEXT 4096
#define LATEST (G_GUINT64_CONSTANT (1) << 40) /* seconds */

ShoalInvite *
shoal_invite_new (void)
{
  ShoalInvite *self = g_new0 (ShoalInvite, 1);

  self->trackers = g_ptr_array_new_with_free_func (g_free);
  return self;
}

void
shoal_invite_free (ShoalInvite *self)
{
  g_free (self->name);
  g_ptr_array_unref (self->trackers);
  memset (self->secret, 0, sizeof self->secret);
  g_free (self);
}

gboolean
shoal_invite_looks_like (const char *text)
{
  return g_ascii_strncasecmp (text, SHOAL_INVITE_PREFIX, strlen (SHOAL_INVITE_PREFIX)) == 0;
}

/* --- Reading ----------------------------------------------------------------- */

static gboolean
refuse (GError **error, const char *why)
{
  return shoal_error_set (error, SHOAL_ERROR_INVALID, SHOAL_SIDE_HERE,
                          "Please ask for the invite again, and copy all of it.",
                          "This is not an invite: %s", why);
}

static gboolean
read_fields (ShoalInvite *self, ShoalReader *reader, GError **error)
{
  uint8_t version = shoal_reader_u8 (reader);
  const uint8_t *secret = shoal_reader_bytes (reader, SHOAL_INVITE_SECRET_SIZE);
  uint64_t seconds;
  guint n;

  if (version > VERSION)
    return shoal_error_set (error, SHOAL_ERROR_VERSION, SHOAL_SIDE_HERE,
                            "Please update Shoal.",
                            "This invite was made by a newer version of Shoal");
  if (secret != NULL)
    memcpy (self->secret, secret, SHOAL_INVITE_SECRET_SIZE);
  shoal_reader_hash (reader, &self->device);
  seconds = shoal_reader_u64 (reader);
  self->ends = (gint64) MIN (seconds, LATEST) * G_USEC_PER_SEC;
  self->name = shoal_reader_string (reader, SHOAL_MAX_LABEL_BYTES);
  n = shoal_reader_u8 (reader);
  if (n > SHOAL_INVITE_MAX_TRACKERS)
    reader->failed = TRUE;
  for (guint i = 0; i < n && !reader->failed; i++)
    {
      char *url = shoal_reader_string (reader, SHOAL_INVITE_MAX_URL_BYTES);

      if (url != NULL)
        g_ptr_array_add (self->trackers, url);
    }
  if (version < VERSION || !shoal_reader_finish (reader) || !shoal_label_is_plain (self->name))
    return refuse (error, "it is incomplete or damaged");
  return TRUE;
}

ShoalInvite *
shoal_invite_parse (const char *text, GError **error)
{
  g_autofree char *trimmed = g_strstrip (g_strndup (text, MAX_TEXT + 1));
  g_autofree uint8_t *bytes = NULL;
  g_autoptr (ShoalInvite) self = NULL;
  ShoalReader reader;
  size_t size = 0;
  size_t prefix = strlen (SHOAL_INVITE_PREFIX);

  if (!shoal_invite_looks_like (trimmed) || strlen (trimmed) > MAX_TEXT)
    {
      refuse (error, "it does not begin with " SHOAL_INVITE_PREFIX);
      return NULL;
    }
  bytes = shoal_base64url_decode (trimmed + prefix, &size);
  if (bytes == NULL)
    {
      refuse (error, "there are characters in it that do not belong there");
      return NULL;
    }
  self = shoal_invite_new ();
  reader = shoal_reader (bytes, size);
  return read_fields (self, &reader, error) ? g_steal_pointer (&self) : NULL;
}

/* --- Writing ------------------------------------------------------------------- */

char *
shoal_invite_format (const ShoalInvite *self)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  g_autofree char *encoded = NULL;
  guint n = MIN (self->trackers->len, SHOAL_INVITE_MAX_TRACKERS);

  shoal_write_u8 (bytes, VERSION);
  shoal_write_bytes (bytes, self->secret, sizeof self->secret);
  shoal_write_hash (bytes, &self->device);
  shoal_write_u64 (bytes, (uint64_t) (MAX (self->ends, 0) / G_USEC_PER_SEC));
  shoal_write_string (bytes, self->name);
  shoal_write_u8 (bytes, (uint8_t) n);
  for (guint i = 0; i < n; i++)
    shoal_write_string (bytes, g_ptr_array_index (self->trackers, i));

  encoded = shoal_base64url_encode (bytes->data, bytes->len);
  return g_strconcat (SHOAL_INVITE_PREFIX, encoded, NULL);
}
