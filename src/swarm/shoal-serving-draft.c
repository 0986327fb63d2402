/* shoal-serving-draft.c: leaf hashes of a draft go ahead of its data, to everybody.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-swarm"

#include "config.h"

#include "shoal-upload-private.h"

#include "shoal-error.h"

typedef struct
{
  ServingHandle *handle; /* (owned) */
  uint32_t       file;
  uint64_t       group;
  uint32_t       block;
} Making;

static uint32_t
group_block (const ShoalServing *serving, uint32_t file, uint64_t leaf)
{
  return serving->first_block[file]
         + (uint32_t) (leaf / SHOAL_LEAVES_PER_GROUP * GROUP_BLOCKS);
}

gboolean
fetcher_has_hashes (Fetcher *fetcher, const Request *request)
{
  ShoalServing *serving = fetcher->serving;
  uint64_t last = request->first + request->leaves - 1;

  if (!serving->push_hashes)
    return TRUE;
  return shoal_bitmap_get (&fetcher->pushed, group_block (serving, request->file, request->first))
         && shoal_bitmap_get (&fetcher->pushed, group_block (serving, request->file, last));
}

/* --- Pushing --------------------------------------------------------------------- */

static void
push (Fetcher *fetcher, const Making *making, const ShoalHash *hashes, uint32_t n)
{
  ShoalServing *serving = fetcher->serving;
  ShoalMessage message = { .type = SHOAL_MESSAGE_HASHES };

  if (!fetcher->has_asked || shoal_bitmap_get (&fetcher->pushed, making->block))
    return;
  message.hashes.range.file
    = shoal_description_get_file (serving->description, making->file)->key;
  message.hashes.range.index = making->group * SHOAL_LEAVES_PER_GROUP;
  message.hashes.range.count = n;
  message.hashes.hashes = hashes;
  if (fetcher_send (fetcher, &message))
    shoal_bitmap_set (&fetcher->pushed, making->block, TRUE);
}

static void
on_made (const ShoalHash *hashes, uint32_t n, const GError *error, gpointer user_data)
{
  g_autofree Making *making = user_data;
  ShoalServing *serving = making->handle->serving;

  serving_handle_unref (making->handle);
  if (serving == NULL)
    return;

  g_hash_table_remove (serving->making, GUINT_TO_POINTER (making->block));
  if (hashes != NULL)
    {
      shoal_bitmap_set (&serving->known, making->block, TRUE);
      for (guint i = 0; i < serving->fetchers->len; i++)
        push (g_ptr_array_index (serving->fetchers, i), making, hashes, n);
    }
  else if (!g_error_matches (error, SHOAL_ERROR, SHOAL_ERROR_CANCELLED))
    shoal_serving_lose_file (serving, making->file, error);
  upload_pump_soon (serving->upload);
}

void
fetcher_want_hashes (Fetcher *fetcher, uint32_t file, uint64_t leaf)
{
  ShoalServing *serving = fetcher->serving;
  uint32_t block = group_block (serving, file, leaf);
  Making *making;

  if (shoal_bitmap_get (&fetcher->pushed, block)
      || !g_hash_table_add (serving->making, GUINT_TO_POINTER (block)))
    return;
  making = g_new (Making, 1);
  *making = (Making){ serving_handle_ref (serving->handle), file,
                      leaf / SHOAL_LEAVES_PER_GROUP, block };
  shoal_content_source_hashes_async (serving->source, file, making->group, on_made, making);
}

/* --- Those who came late ------------------------------------------------------------ */

static uint32_t
file_of_block (const ShoalServing *serving, uint64_t block)
{
  uint32_t low = 0;
  uint32_t high = shoal_description_get_n_files (serving->description);

  while (high - low > 1)
    {
      uint32_t middle = low + (high - low) / 2;

      if (serving->first_block[middle] <= block)
        low = middle;
      else
        high = middle;
    }
  return low;
}

static void
catch_up (Fetcher *fetcher)
{
  ShoalServing *serving = fetcher->serving;

  while (g_hash_table_size (serving->making) < MAX_CATCH_UP)
    {
      uint64_t block = shoal_bitmap_next (&serving->known, NULL, NULL, fetcher->catch_up,
                                          serving->n_blocks);
      uint32_t file;

      fetcher->catch_up = block != SHOAL_BITMAP_NONE ? block + 1 : serving->n_blocks;
      if (block == SHOAL_BITMAP_NONE)
        return;
      if (shoal_bitmap_get (&fetcher->pushed, block))
        continue;
      file = file_of_block (serving, block);
      fetcher_want_hashes (fetcher, file,
                           (block - serving->first_block[file]) * BLOCK_LEAVES);
    }
}

/* With hashes, what others have can be fetched from them. Whoever is alone needs
 * only those of what it asks for. */
void
serving_catch_up (ShoalServing *self)
{
  if (!self->push_hashes || self->fetchers->len < 2)
    return;
  for (guint i = 0; i < self->fetchers->len; i++)
    {
      Fetcher *fetcher = g_ptr_array_index (self->fetchers, i);

      if (fetcher->has_asked)
        catch_up (fetcher);
    }
}
