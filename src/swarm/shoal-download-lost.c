/* shoal-download-lost.c: files that the device which offers them cannot give any more.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Of a share that is merely linked to, somebody may turn up who has what
 * others have lost: it waits. An offer has nobody but the offerer and its other
 * receivers. What none of them can give fails, alone, and the rest goes on. */

#define G_LOG_DOMAIN "shoal-swarm"

#include "config.h"

#include "shoal-download-private.h"

#include "shoal-error.h"

/* For other receivers to say what they have. */
#define GRACE_US (5 * G_USEC_PER_SEC)

static gboolean
is_beyond_reach (ShoalDownload *self, uint32_t file)
{
  if ((self->file_flags[file] & FILE_FAILED) != 0
      || shoal_picker_is_file_done (self->picker, file))
    return FALSE;
  /* Its hashes will not come either. */
  if (self->is_draft)
    download_drop_unknown (self, file);
  return !shoal_picker_can_get (self->picker, file);
}

static GArray *
find_lost (ShoalDownload *self, Source *offerer)
{
  GArray *lost = g_array_new (FALSE, FALSE, sizeof (uint32_t));
  GHashTableIter iter;
  gpointer key;

  if (offerer->state == SHOAL_DOWNLOAD_SOURCE_BANNED)
    {
      for (uint32_t i = 0; i < shoal_description_get_n_files (self->description); i++)
        {
          if (is_beyond_reach (self, i))
            g_array_append_val (lost, i);
        }
      return lost;
    }
  g_hash_table_iter_init (&iter, offerer->bad_files);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    {
      uint32_t file = GPOINTER_TO_UINT (key);

      if (is_beyond_reach (self, file))
        g_array_append_val (lost, file);
    }
  return lost;
}

void
download_tick_lost (ShoalDownload *self, gint64 now)
{
  Source *offerer = download_find_source (self, &self->offerer);
  g_autoptr (GArray) lost = NULL;

  if (offerer == NULL || self->state != SHOAL_DOWNLOAD_STATE_FETCHING || self->disk_full)
    return;
  if (offerer->state == SHOAL_DOWNLOAD_SOURCE_BANNED && self->is_draft && self->final == NULL)
    {
      g_autoptr (GError) error
        = shoal_error_new (SHOAL_ERROR_CORRUPT, SHOAL_SIDE_THERE,
                           "Ask them to send it again; what is right already is kept.",
                           "What comes is not what was offered: %s", offerer->why);

      download_fail (self, error);
      return;
    }

  lost = find_lost (self, offerer);
  if (lost->len == 0)
    {
      self->lost_since = 0;
      return;
    }
  if (self->lost_since == 0)
    self->lost_since = now;
  if (self->sources->len > 1 && now - self->lost_since < GRACE_US)
    return;
  for (guint i = 0; i < lost->len; i++)
    shoal_piece_store_confirm_file (self->store, g_array_index (lost, uint32_t, i), NULL);
}
