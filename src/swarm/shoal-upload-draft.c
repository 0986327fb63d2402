/* shoal-upload-draft.c: the leaf hashes of a draft, given ahead of its data.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Only the offerer hashes, and only its word counts. A group's hashes are made
 * when a fetcher first asks for data in it; then every fetcher gets them, for
 * the receivers of an offer fetch that data from each other. A fetcher that
 * comes late is fed what was given before, little by little. */

#define G_LOG_DOMAIN "shoal-swarm"
#define SHOAL_UPLOAD_PARTS

#include "config.h"

#include "shoal-error.h"
#include "shoal-upload-private.h"

/* Groups a late fetcher is given at a time, and how often: about 1.2 GiB of
 * file a second, for 2.5 MB/s of line. */
#define FEED_GROUPS 16
#define FEED_US (100 * 1000)

void
shoal_upload_draft_init (ShoalUpload *self)
{
  uint32_t n_files = shoal_description_get_n_files (self->description);
  uint64_t n_groups = 0;

  self->first_group = g_new (uint64_t, (gsize) n_files + 1);
  for (uint32_t i = 0; i < n_files; i++)
    {
      self->first_group[i] = n_groups;
      n_groups
        += shoal_merkle_n_groups (shoal_description_get_file (self->description, i)->length);
    }
  self->first_group[n_files] = n_groups;
  shoal_bitmap_init (&self->known, n_groups);
  shoal_bitmap_init (&self->asked, n_groups);
}

void
shoal_upload_draft_clear (ShoalUpload *self)
{
  shoal_runtime_clear_timer (self->uploader->runtime, &self->feed_timer);
  g_clear_pointer (&self->first_group, g_free);
  shoal_bitmap_clear (&self->known);
  shoal_bitmap_clear (&self->asked);
}

uint64_t
shoal_upload_group_of (ShoalUpload *self, uint32_t file, uint64_t leaf)
{
  return self->first_group[file] + leaf / SHOAL_LEAVES_PER_GROUP;
}

/* --- Giving -------------------------------------------------------------- */

/* What was asked of the source: the hashes of one group, for one fetcher or all. */
typedef struct
{
  ShoalUpload *upload; /* (owned) */
  uint32_t     file;
  uint64_t     group;  /* within the file */
} Asked;

static void
give (ShoalFetcher *fetcher, Asked *asked, const ShoalHash *hashes, uint32_t n_hashes)
{
  ShoalUpload *self = asked->upload;
  uint64_t number = self->first_group[asked->file] + asked->group;
  ShoalMessage message = { .type = SHOAL_MESSAGE_HASHES };

  if (shoal_bitmap_get (&fetcher->given, number))
    return;

  message.hashes.range.file
    = shoal_description_get_file (self->description, asked->file)->key;
  message.hashes.range.layer = 0;
  message.hashes.range.index = asked->group * SHOAL_LEAVES_PER_GROUP;
  message.hashes.range.count = n_hashes;
  message.hashes.uncles = 0;
  message.hashes.hashes = hashes;
  if (shoal_channel_send (fetcher->channel, &message, NULL))
    shoal_bitmap_set (&fetcher->given, number, TRUE);
}

/* Everybody who waits for data of a file that cannot be hashed is told. */
static void
fail_file (ShoalUpload *self, uint32_t file, const GError *error)
{
  for (guint i = 0; i < self->fetchers->len; i++)
    {
      ShoalFetcher *fetcher = g_ptr_array_index (self->fetchers, i);
      GList *next;

      for (GList *l = fetcher->waiting.head; l != NULL; l = next)
        {
          next = l->next;
          if (((ShoalServed *) l->data)->file == file)
            shoal_fetcher_fail (fetcher, l->data, error);
        }
    }
}

static void
on_hashes (const ShoalHash *hashes, uint32_t n_hashes, const GError *error, gpointer user_data)
{
  Asked *asked = user_data;
  ShoalUpload *self = asked->upload;
  uint64_t number;

  self->n_asked--;
  if (!self->closed)
    {
      number = self->first_group[asked->file] + asked->group;
      shoal_bitmap_set (&self->asked, number, FALSE);
      if (error != NULL)
        fail_file (self, asked->file, error);
      else
        shoal_bitmap_set (&self->known, number, TRUE);
      for (guint i = 0; i < self->fetchers->len; i++)
        {
          ShoalFetcher *fetcher = g_ptr_array_index (self->fetchers, i);

          if (error == NULL)
            give (fetcher, asked, hashes, n_hashes);
          shoal_uploader_wake (self->uploader, fetcher);
        }
      shoal_upload_check_idle (self);
    }
  shoal_upload_unref (self);
  g_free (asked);
}

static void
ask (ShoalUpload *self, uint32_t file, uint64_t group)
{
  uint64_t number = self->first_group[file] + group;
  Asked *asked;

  if (shoal_bitmap_get (&self->asked, number))
    return;

  asked = g_new (Asked, 1);
  *asked = (Asked){ shoal_upload_ref (self), file, group };
  shoal_bitmap_set (&self->asked, number, TRUE);
  self->n_asked++;
  self->told_idle = FALSE;
  shoal_content_source_hashes_async (self->source, file, group, on_hashes, asked);
}

gboolean
shoal_upload_give_hashes (ShoalUpload *self, ShoalFetcher *fetcher, uint32_t file,
                          uint64_t first_leaf)
{
  uint64_t number = shoal_upload_group_of (self, file, first_leaf);

  if (shoal_bitmap_get (&fetcher->given, number))
    return TRUE;

  ask (self, file, first_leaf / SHOAL_LEAVES_PER_GROUP);
  /* Small files: what comes next is asked for as well, so that it is hashed
   * in one go. */
  for (GList *l = fetcher->waiting.head; l != NULL && self->n_asked < 256; l = l->next)
    {
      ShoalServed *next = l->data;

      if (!shoal_bitmap_get (&fetcher->given,
                             shoal_upload_group_of (self, next->file, next->first)))
        ask (self, next->file, next->first / SHOAL_LEAVES_PER_GROUP);
    }
  return FALSE;
}

/* --- Feeding ------------------------------------------------------------- */

static uint32_t
file_of_group (ShoalUpload *self, uint64_t number)
{
  uint32_t low = 0, high = shoal_description_get_n_files (self->description);

  while (high - low > 1)
    {
      uint32_t middle = low + (high - low) / 2;

      if (self->first_group[middle] <= number)
        low = middle;
      else
        high = middle;
    }
  return low;
}

/* Asks again for groups made before that this fetcher has not been given. */
static gboolean
feed_one (ShoalUpload *self, ShoalFetcher *fetcher)
{
  uint64_t number = 0;
  guint n = 0;

  while (n < FEED_GROUPS
         && (number = shoal_bitmap_next (&self->known, NULL, NULL, number, self->known.size))
              != SHOAL_BITMAP_NONE)
    {
      if (!shoal_bitmap_get (&fetcher->given, number))
        {
          uint32_t file = file_of_group (self, number);

          ask (self, file, number - self->first_group[file]);
          n++;
        }
      number++;
    }
  return n > 0;
}

static void
on_feed (gpointer user_data)
{
  ShoalUpload *self = user_data;
  gboolean more = FALSE;

  self->feed_timer = 0;
  for (guint i = 0; i < self->fetchers->len; i++)
    more |= feed_one (self, g_ptr_array_index (self->fetchers, i));
  if (more)
    shoal_upload_feed (self);
}

void
shoal_upload_feed (ShoalUpload *self)
{
  if (self->vouches && self->feed_timer == 0 && !self->closed && self->known.count > 0)
    self->feed_timer = shoal_runtime_add_timer (self->uploader->runtime, FEED_US, on_feed, self);
}

void
shoal_upload_check_idle (ShoalUpload *self)
{
  if (!self->vouches || self->n_asked > 0 || self->closed || self->told_idle)
    return;

  for (guint i = 0; i < self->fetchers->len; i++)
    {
      ShoalFetcher *fetcher = g_ptr_array_index (self->fetchers, i);

      if (g_hash_table_size (fetcher->by_number) > 0)
        return;
    }
  self->told_idle = TRUE;
  if (self->events != NULL && self->events->idle != NULL)
    self->events->idle (self, self->user_data);
}
