/* shoal-signal-body.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-signal"

#include "config.h"

#include "shoal-signal-body.h"

#include "shoal-bytes.h"
#include "shoal-error.h"
#include "shoal-seal.h"

#include <string.h>

#define VERSION 1
#define PADDING 1024
#define LABEL "shoal signal 1"
#define BOUND_SIZE (sizeof LABEL - 1 + 1 + SHOAL_TOPIC_LENGTH + SHOAL_TRACKER_ID_SIZE)
#define WINDOW ((gint64) SHOAL_SIGNAL_WINDOW_SECONDS * G_USEC_PER_SEC)

ShoalSignalBody *
shoal_signal_body_new (const ShoalDeviceId *device)
{
  ShoalSignalBody *self = g_new0 (ShoalSignalBody, 1);

  self->device = *device;
  self->candidates = g_ptr_array_new_with_free_func (g_free);
  self->addresses = g_ptr_array_new_with_free_func (g_free);
  return self;
}

static gpointer
copy_text (gconstpointer text, gpointer user_data)
{
  return g_strdup (text);
}

ShoalSignalBody *
shoal_signal_body_copy (const ShoalSignalBody *self)
{
  ShoalSignalBody *copy = g_new0 (ShoalSignalBody, 1);

  copy->device = self->device;
  copy->time = self->time;
  copy->ufrag = g_strdup (self->ufrag);
  copy->password = g_strdup (self->password);
  copy->candidates = g_ptr_array_copy (self->candidates, copy_text, NULL);
  copy->addresses = g_ptr_array_copy (self->addresses, copy_text, NULL);
  return copy;
}

void
shoal_signal_body_free (ShoalSignalBody *self)
{
  g_free (self->ufrag);
  g_free (self->password);
  g_ptr_array_unref (self->candidates);
  g_ptr_array_unref (self->addresses);
  g_free (self);
}

/* What a box belongs to; all parts have fixed lengths. */
static void
fill_bound (uint8_t *bound, const ShoalTopic *topic, const ShoalTrackerId *offer_id,
            ShoalSignalDirection direction)
{
  uint8_t *at = bound;

  memcpy (at, LABEL, sizeof LABEL - 1);
  at += sizeof LABEL - 1;
  *at++ = (uint8_t) direction;
  memcpy (at, topic->name, SHOAL_TOPIC_LENGTH);
  memcpy (at + SHOAL_TOPIC_LENGTH, offer_id->bytes, SHOAL_TRACKER_ID_SIZE);
}

/* --- Sealing --------------------------------------------------------------- */

static gboolean
write_list (GByteArray *out, GPtrArray *list, guint max, GError **error)
{
  if (list->len > max)
    return shoal_error_set (error, SHOAL_ERROR_LIMIT, SHOAL_SIDE_HERE, NULL,
                            "This device has more addresses than an offer can carry");
  shoal_write_u8 (out, (uint8_t) list->len);
  for (guint i = 0; i < list->len; i++)
    {
      const char *text = g_ptr_array_index (list, i);

      if (strlen (text) > SHOAL_SIGNAL_MAX_CANDIDATE_BYTES)
        return shoal_error_set (error, SHOAL_ERROR_LIMIT, SHOAL_SIDE_HERE, NULL,
                                "An address of this device is too long: %s", text);
      shoal_write_string (out, text);
    }
  return TRUE;
}

char *
shoal_signal_body_seal (const ShoalSignalBody *self, const ShoalTopic *topic,
                        const ShoalTrackerId *offer_id, ShoalSignalDirection direction,
                        const uint8_t *salt, gint64 now, GError **error)
{
  g_autoptr (GByteArray) plain = g_byte_array_new ();
  g_autoptr (GBytes) sealed = NULL;
  uint8_t bound[BOUND_SIZE];
  guint used;

  shoal_write_u8 (plain, VERSION);
  shoal_write_u64 (plain, (uint64_t) (MAX (now, 0) / G_USEC_PER_SEC));
  shoal_write_hash (plain, &self->device);
  shoal_write_string (plain, self->ufrag);
  shoal_write_string (plain, self->password);
  if (!write_list (plain, self->candidates, SHOAL_SIGNAL_MAX_CANDIDATES, error)
      || !write_list (plain, self->addresses, SHOAL_SIGNAL_MAX_ADDRESSES, error))
    return NULL;

  used = plain->len;
  g_byte_array_set_size (plain, (used + PADDING - 1) / PADDING * PADDING);
  memset (plain->data + used, 0, plain->len - used);

  fill_bound (bound, topic, offer_id, direction);
  sealed = shoal_seal (topic->key, salt, bound, sizeof bound, plain->data, plain->len);
  return g_base64_encode (g_bytes_get_data (sealed, NULL), g_bytes_get_size (sealed));
}

/* --- Opening --------------------------------------------------------------- */

/* Printable ASCII: candidates, credentials and addresses have nothing else. */
static char *
read_text (ShoalReader *reader, size_t max)
{
  g_autofree char *text = shoal_reader_string (reader, max);

  for (const char *c = text; c != NULL && *c != '\0'; c++)
    if (!g_ascii_isprint (*c))
      {
        reader->failed = TRUE;
        return NULL;
      }
  return g_steal_pointer (&text);
}

static void
read_list (ShoalReader *reader, GPtrArray *list, guint max)
{
  guint n = shoal_reader_u8 (reader);

  if (n > max)
    reader->failed = TRUE;
  for (guint i = 0; i < n && !reader->failed; i++)
    {
      char *text = read_text (reader, SHOAL_SIGNAL_MAX_CANDIDATE_BYTES);

      if (text != NULL)
        g_ptr_array_add (list, text);
    }
}

static ShoalSignalBody *
read_body (GBytes *plain, GError **error)
{
  ShoalReader reader = shoal_reader (g_bytes_get_data (plain, NULL), g_bytes_get_size (plain));
  g_autoptr (ShoalSignalBody) self = NULL;
  ShoalDeviceId device = { 0 };
  guint version = shoal_reader_u8 (&reader);
  uint64_t seconds = shoal_reader_u64 (&reader);

  shoal_reader_hash (&reader, &device);
  self = shoal_signal_body_new (&device);
  self->time = (gint64) MIN (seconds, (uint64_t) G_MAXINT32 * 4) * G_USEC_PER_SEC;
  self->ufrag = read_text (&reader, SHOAL_SIGNAL_MAX_CREDENTIAL_BYTES);
  self->password = read_text (&reader, SHOAL_SIGNAL_MAX_CREDENTIAL_BYTES);
  read_list (&reader, self->candidates, SHOAL_SIGNAL_MAX_CANDIDATES);
  read_list (&reader, self->addresses, SHOAL_SIGNAL_MAX_ADDRESSES);

  /* What follows is padding, or what a later version adds. */
  if (reader.failed || version < VERSION)
    {
      shoal_error_set (error, SHOAL_ERROR_INVALID, SHOAL_SIDE_THERE, NULL,
                       "A device with the right key sent an offer that makes no sense");
      return NULL;
    }
  return g_steal_pointer (&self);
}

ShoalSignalBody *
shoal_signal_body_open (const char *text, const ShoalTopic *topic, const ShoalTrackerId *offer_id,
                        ShoalSignalDirection direction, gint64 now, GError **error)
{
  g_autofree guchar *sealed = NULL;
  g_autoptr (GBytes) plain = NULL;
  g_autoptr (ShoalSignalBody) self = NULL;
  uint8_t bound[BOUND_SIZE];
  gsize size = 0;

  if (strlen (text) > SHOAL_TRACKER_MAX_SDP)
    {
      shoal_error_set (error, SHOAL_ERROR_LIMIT, SHOAL_SIDE_THERE, NULL,
                       "A sealed message is too long");
      return NULL;
    }
  sealed = g_base64_decode (text, &size);
  fill_bound (bound, topic, offer_id, direction);
  plain = shoal_unseal (topic->key, bound, sizeof bound, sealed, size, error);
  if (plain == NULL)
    return NULL;

  self = read_body (plain, error);
  if (self == NULL)
    return NULL;
  if (self->time < now - WINDOW || self->time > now + WINDOW)
    {
      shoal_error_set (error, SHOAL_ERROR_TIMED_OUT, SHOAL_SIDE_THERE,
                       "Please check the clock of both computers.",
                       "A message is %" G_GINT64_FORMAT " minutes old or ahead",
                       ABS (now - self->time) / (60 * G_USEC_PER_SEC));
      return NULL;
    }
  return g_steal_pointer (&self);
}

/* --- Replays --------------------------------------------------------------- */

typedef struct
{
  ShoalHash salt;
  gint64    time;
} Seen;

struct _ShoalReplayGuard
{
  guint           max;
  GHashTable     *salts; /* (owned): of ShoalHash* in `order` */
  GQueue          order; /* of Seen (owned), oldest first */
  ShoalReplayKeep keep;  /* (nullable) */
  gpointer        user_data;
};

ShoalReplayGuard *
shoal_replay_guard_new (guint max)
{
  ShoalReplayGuard *self = g_new0 (ShoalReplayGuard, 1);

  self->max = max;
  self->salts = g_hash_table_new (shoal_hash_hash, shoal_hash_equal);
  g_queue_init (&self->order);
  return self;
}

void
shoal_replay_guard_free (ShoalReplayGuard *self)
{
  g_hash_table_unref (self->salts);
  g_queue_clear_full (&self->order, g_free);
  g_free (self);
}

static gboolean
remember (ShoalReplayGuard *self, const ShoalHash *salt, gint64 time)
{
  Seen *seen;

  if (self->order.length >= self->max || g_hash_table_contains (self->salts, salt))
    return FALSE;
  seen = g_new0 (Seen, 1);
  seen->salt = *salt;
  seen->time = time;
  g_queue_push_tail (&self->order, seen);
  g_hash_table_add (self->salts, &seen->salt);
  return TRUE;
}

static void
forget_old (ShoalReplayGuard *self, gint64 now)
{
  const gint64 since = now - SHOAL_REPLAY_SECONDS * (gint64) G_USEC_PER_SEC;
  Seen *seen;

  while ((seen = g_queue_peek_head (&self->order)) != NULL && seen->time < since)
    {
      g_hash_table_remove (self->salts, &seen->salt);
      g_free (g_queue_pop_head (&self->order));
    }
}

gboolean
shoal_replay_guard_admit (ShoalReplayGuard *self, const char *text, gint64 now)
{
  gsize size = 0;
  g_autofree guchar *sealed = g_base64_decode (text, &size);
  ShoalHash salt;

  forget_old (self, now);
  if (size < SHOAL_SEAL_SALT_SIZE)
    return FALSE;
  memcpy (salt.bytes, sealed, SHOAL_SEAL_SALT_SIZE);
  if (!remember (self, &salt, now))
    return FALSE;
  if (self->keep != NULL)
    self->keep (&salt, now, self->user_data);
  return TRUE;
}

void
shoal_replay_guard_set_keep (ShoalReplayGuard *self, ShoalReplayKeep keep, gpointer user_data)
{
  self->keep = keep;
  self->user_data = user_data;
}

void
shoal_replay_guard_restore (ShoalReplayGuard *self, const ShoalHash *salt, gint64 time)
{
  remember (self, salt, time);
}
