/* shoal-engine-queue.c: which downloads run at once, and in which order.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Places belong to downloads that have somebody to fetch from, first those that
 * stand first. The others are held back: they keep their sources, and ask
 * nothing of them. Texts do not wait. */

#define G_LOG_DOMAIN "shoal-engine"
#define SHOAL_ENGINE_ROOM

#include "config.h"

#include "shoal-engine-private.h"

#define SETTING_MAX_RUNNING "max-running"
/* One that has just begun keeps its place while it looks for a source. */
#define SETTLE_US (5 * G_USEC_PER_SEC)

/* --- Places -------------------------------------------------------------- */

/* Of those that the queue is about. */
static gboolean
wants_to_run (ShoalTransfer *self)
{
  return self->stored->direction == SHOAL_STORED_GET && self->stored->kind == SHOAL_STORED_FILES
         && !self->waits && !shoal_transfer_is_over (self)
         && self->phase != SHOAL_TRANSFER_PAUSED
         && (self->download != NULL || self->starting || self->phase == SHOAL_TRANSFER_QUEUED);
}

static gboolean
takes_place (ShoalTransfer *self, gint64 now)
{
  ShoalDownloadProgress progress;

  if (self->starting || self->phase == SHOAL_TRANSFER_QUEUED
      || self->phase == SHOAL_TRANSFER_SYNCING)
    return TRUE;
  shoal_download_get_progress (self->download, &progress);
  return progress.n_active > 0 || now - self->begun < SETTLE_US;
}

static void
hold_back (ShoalTransfer *self)
{
  if (self->download != NULL && !self->held_back)
    {
      self->held_back = TRUE;
      shoal_download_set_paused (self->download, TRUE);
    }
  shoal_transfer_set_phase (self, SHOAL_TRANSFER_QUEUED, NULL);
}

static void
let_go (ShoalTransfer *self)
{
  if (self->download == NULL)
    {
      if (!self->starting)
        shoal_get_start (self);
      return;
    }
  if (!self->held_back)
    return;
  self->held_back = FALSE;
  shoal_download_set_paused (self->download, FALSE);
  shoal_transfer_set_phase (self, SHOAL_TRANSFER_CONNECTING, NULL);
}

static int
by_position (gconstpointer a, gconstpointer b)
{
  const ShoalTransfer *x = *(ShoalTransfer *const *) a, *y = *(ShoalTransfer *const *) b;

  if (x->stored->position != y->stored->position)
    return x->stored->position < y->stored->position ? -1 : 1;
  return g_strcmp0 (x->id_text, y->id_text);
}

/* (transfer container): in their order. */
static GPtrArray *
list_queue (ShoalEngine *self, gboolean (*belongs) (ShoalTransfer *transfer))
{
  g_autoptr (GPtrArray) all = shoal_engine_list_transfers (self);
  GPtrArray *queue = g_ptr_array_new ();

  for (guint i = 0; i < all->len; i++)
    {
      if (belongs (g_ptr_array_index (all, i)))
        g_ptr_array_add (queue, g_ptr_array_index (all, i));
    }
  g_ptr_array_sort (queue, by_position);
  return queue;
}

void
shoal_queue_tend (ShoalEngine *self, gint64 now)
{
  guint places = self->max_running > 0 ? self->max_running : G_MAXUINT;
  g_autoptr (GPtrArray) queue = NULL;

  if (self->max_running == 0 && !self->queue_changed)
    return;

  self->queue_changed = FALSE;
  queue = list_queue (self, wants_to_run);
  for (guint i = 0; i < queue->len; i++)
    {
      ShoalTransfer *transfer = g_ptr_array_index (queue, i);
      gboolean takes = takes_place (transfer, now);

      if (takes && places == 0)
        {
          /* What is being read, or made safe on disk, comes to its end. */
          if (!transfer->starting && transfer->phase != SHOAL_TRANSFER_SYNCING)
            hold_back (transfer);
          continue;
        }
      places -= takes;
      let_go (transfer);
    }
}

gboolean
shoal_queue_admits (ShoalTransfer *transfer)
{
  ShoalEngine *self = transfer->engine;
  gint64 now = shoal_runtime_now (engine_runtime (self));
  g_autoptr (GPtrArray) queue = NULL;
  guint n = 0;

  if (self->max_running == 0 || transfer->stored->kind != SHOAL_STORED_FILES)
    return TRUE;

  queue = list_queue (self, wants_to_run);
  for (guint i = 0; i < queue->len; i++)
    {
      ShoalTransfer *other = g_ptr_array_index (queue, i);

      n += other != transfer && takes_place (other, now)
           && (other->phase != SHOAL_TRANSFER_QUEUED || by_position (&other, &transfer) < 0);
    }
  return n < self->max_running;
}

uint32_t
shoal_queue_next (ShoalEngine *self)
{
  return ++self->last_position;
}

void
shoal_queue_load (ShoalEngine *self, GHashTable *settings)
{
  const char *stored = g_hash_table_lookup (settings, SETTING_MAX_RUNNING);
  guint64 value;

  if (stored != NULL && g_ascii_string_to_unsigned (stored, 10, 0, G_MAXINT, &value, NULL))
    self->max_running = (guint) value;
}

/* --- Public -------------------------------------------------------------- */

void
shoal_engine_set_max_running (ShoalEngine *self, guint max)
{
  g_autofree char *text = g_strdup_printf ("%u", MIN (max, (guint) G_MAXINT));

  if (self->max_running == max)
    return;
  self->max_running = MIN (max, (guint) G_MAXINT);
  self->queue_changed = TRUE;
  shoal_state_settings_set (self->database, SETTING_MAX_RUNNING, text, NULL, NULL);
}

guint
shoal_engine_get_max_running (ShoalEngine *self)
{
  return self->max_running;
}

static gboolean
is_going (ShoalTransfer *transfer)
{
  return !shoal_transfer_is_over (transfer) && !transfer->waits;
}

gboolean
shoal_engine_move_transfer (ShoalEngine *self, const char *id, const char *before, GError **error)
{
  ShoalTransfer *transfer = shoal_engine_find_transfer (self, id, error);
  ShoalTransfer *next
    = transfer != NULL && before != NULL ? shoal_engine_find_transfer (self, before, error) : NULL;
  g_autoptr (GPtrArray) queue = NULL;
  guint index;

  if (transfer == NULL || (before != NULL && next == NULL))
    return FALSE;
  if (!is_going (transfer) || (next != NULL && !is_going (next)))
    return shoal_error_set (error, SHOAL_ERROR_FAILED, SHOAL_SIDE_HERE, NULL,
                            "That transfer is over");
  if (transfer == next)
    return TRUE;

  queue = list_queue (self, is_going);
  g_ptr_array_remove (queue, transfer);
  if (next == NULL || !g_ptr_array_find (queue, next, &index))
    index = queue->len;
  g_ptr_array_insert (queue, (int) index, transfer);
  for (guint i = 0; i < queue->len; i++)
    {
      ShoalTransfer *one = g_ptr_array_index (queue, i);

      if (one->stored->position == i + 1)
        continue;
      one->stored->position = i + 1;
      shoal_transfer_update (one);
      shoal_transfer_touch (one);
    }
  self->last_position = queue->len;
  self->queue_changed = TRUE;
  return TRUE;
}
