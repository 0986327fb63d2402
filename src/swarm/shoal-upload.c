/* shoal-upload.c: whose request is read and sent next.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-swarm"

#include "config.h"

#include "shoal-upload-private.h"

/* --- Requests ------------------------------------------------------------------ */

gboolean
fetcher_send (Fetcher *fetcher, ShoalMessage *message)
{
  return fetcher->channel != NULL && shoal_channel_send (fetcher->channel, message, NULL);
}

void
fetcher_reject (Fetcher *fetcher, uint32_t id, ShoalReject reason)
{
  ShoalMessage message = { .type = SHOAL_MESSAGE_REJECT };

  message.reject.request = id;
  message.reject.reason = (uint8_t) reason;
  fetcher_send (fetcher, &message);
}

void
fetcher_enqueue (Fetcher *fetcher, uint32_t id, uint32_t file, uint64_t first, uint32_t leaves)
{
  ShoalUpload *upload = fetcher->serving->upload;
  uint64_t length = shoal_description_get_file (fetcher->serving->description, file)->length;
  Request *request = g_new0 (Request, 1);

  request->fetcher = fetcher;
  request->id = id;
  request->file = file;
  request->first = first;
  request->leaves = leaves;
  request->bytes = (uint32_t) MIN (length - first * SHOAL_LEAF_SIZE,
                                   (uint64_t) leaves * SHOAL_LEAF_SIZE);
  request->queued = shoal_runtime_now (upload->runtime);
  request->link.data = request;
  g_queue_push_tail_link (&fetcher->waiting, &request->link);
  g_hash_table_insert (fetcher->requests, GUINT_TO_POINTER (id), request);
}

static uint32_t
unsent_bytes (const Request *request)
{
  return request->bytes - MIN (request->bytes, request->sent * SHOAL_LEAF_SIZE);
}

/* It has been answered, or its channel is gone. */
static void
end_request (Request *request)
{
  Fetcher *fetcher = request->fetcher;
  RequestState state = request->state;

  request->state = REQUEST_OVER;
  g_hash_table_remove (fetcher->requests, GUINT_TO_POINTER (request->id));
  if (state == REQUEST_WAITING)
    g_queue_unlink (&fetcher->waiting, &request->link);
  else
    {
      g_queue_unlink (&fetcher->ahead, &request->link);
      fetcher->ahead_bytes -= unsent_bytes (request);
      if (fetcher->serving != NULL)
        fetcher->serving->upload->ahead_bytes -= unsent_bytes (request);
    }
  if (state == REQUEST_READING)
    return; /* on_read() frees it */
  g_clear_pointer (&request->data, g_bytes_unref);
  g_free (request);
}

void
fetcher_drop_request (Fetcher *fetcher, uint32_t id, ShoalReject reason)
{
  Request *request = g_hash_table_lookup (fetcher->requests, GUINT_TO_POINTER (id));

  if (request == NULL)
    return;
  end_request (request);
  fetcher_reject (fetcher, id, reason);
}

static void
drop_queue (Fetcher *fetcher, GQueue *queue, gboolean all, uint32_t file)
{
  GList *next;

  for (GList *l = queue->head; l != NULL; l = next)
    {
      Request *request = l->data;
      uint32_t id = request->id;

      next = l->next;
      if (!all && request->file != file)
        continue;
      end_request (request);
      fetcher_reject (fetcher, id, SHOAL_REJECT_CHANGED);
    }
}

void
fetcher_drop_file (Fetcher *fetcher, uint32_t file)
{
  gboolean all = file == G_MAXUINT32;

  drop_queue (fetcher, &fetcher->waiting, all, file);
  drop_queue (fetcher, &fetcher->ahead, all, file);
}

/* --- Reading ahead --------------------------------------------------------------- */

static void
answer_trouble (Fetcher *fetcher, uint32_t file, uint32_t id, const GError *error)
{
  ShoalReject reason = SHOAL_REJECT_TROUBLE;

  if (g_error_matches (error, SHOAL_ERROR, SHOAL_ERROR_NOT_FOUND)
      || g_error_matches (error, SHOAL_ERROR, SHOAL_ERROR_CANCELLED))
    reason = SHOAL_REJECT_NOT_HERE;
  else if (g_error_matches (error, SHOAL_ERROR, SHOAL_ERROR_CHANGED))
    reason = SHOAL_REJECT_CHANGED;
  else if (g_error_matches (error, SHOAL_ERROR, SHOAL_ERROR_NOT_GRANTED))
    reason = SHOAL_REJECT_BUSY; /* its owner pauses it: nothing is lost */
  else
    g_debug ("Cannot be read: %s", error->message);
  fetcher_reject (fetcher, id, reason);
  if (reason == SHOAL_REJECT_CHANGED)
    shoal_serving_lose_file (fetcher->serving, file, error);
  else if (reason == SHOAL_REJECT_BUSY && fetcher->serving != NULL
           && fetcher->serving->events->file_changed != NULL)
    fetcher->serving->events->file_changed (fetcher->serving, file, error,
                                            fetcher->serving->user_data);
}

static void
on_read (GBytes *bytes, const GError *error, gpointer user_data)
{
  Request *request = user_data;
  Fetcher *fetcher = request->fetcher;

  if (request->state == REQUEST_OVER)
    g_free (request);
  else if (bytes == NULL)
    {
      uint32_t file = request->file;
      uint32_t id = request->id;

      end_request (request);
      g_free (request);
      answer_trouble (fetcher, file, id, error);
    }
  else
    {
      request->state = REQUEST_READY;
      request->data = g_bytes_ref (bytes);
    }
  if (fetcher->serving != NULL)
    upload_pump_soon (fetcher->serving->upload);
  fetcher_unref (fetcher);
}

static gboolean
exchanges (const ShoalServing *serving)
{
  return serving->given != NULL && serving->exchange && serving->fetchers->len > 1;
}

/* TRUE if all of it has been given to somebody already. */
static gboolean
is_repeat (const ShoalServing *serving, const Request *request)
{
  uint64_t first = serving->first_block[request->file] + request->first / BLOCK_LEAVES;
  uint64_t last = serving->first_block[request->file]
                  + (request->first + request->leaves - 1) / BLOCK_LEAVES;

  for (uint64_t block = first; block <= last; block++)
    {
      uint64_t mask = serving_block_mask (request->first, request->leaves,
                                          block - serving->first_block[request->file]);

      if (mask & ~serving->given[block])
        return FALSE;
    }
  return TRUE;
}

static void
mark_given (ShoalServing *serving, const Request *request)
{
  uint64_t base = serving->first_block[request->file];
  uint64_t last = (request->first + request->leaves - 1) / BLOCK_LEAVES;

  for (uint64_t block = request->first / BLOCK_LEAVES; block <= last; block++)
    serving->given[base + block] |= serving_block_mask (request->first, request->leaves, block);
}

static Request *
first_new (const Fetcher *fetcher)
{
  for (GList *l = fetcher->waiting.head; l != NULL; l = l->next)
    {
      if (!is_repeat (fetcher->serving, l->data))
        return l->data;
    }
  return NULL;
}

/* Among fetchers that give to each other, what nobody has goes first; what one
 * of them has, the others will soon get there and cancel here. */
static Request *
next_request (Fetcher *fetcher, gint64 now)
{
  ShoalServing *serving = fetcher->serving;
  Request *head = g_queue_peek_head (&fetcher->waiting);
  Request *found;

  if (head == NULL || !exchanges (serving))
    return head;
  found = first_new (fetcher);
  if (found != NULL || now - head->queued >= REPEAT_DELAY_US)
    return found != NULL ? found : head;
  for (guint i = 0; i < serving->fetchers->len; i++)
    {
      if (first_new (g_ptr_array_index (serving->fetchers, i)) != NULL)
        return NULL;
    }
  return head;
}

static void
start_read (Fetcher *fetcher, Request *request)
{
  ShoalServing *serving = fetcher->serving;

  g_queue_unlink (&fetcher->waiting, &request->link);
  g_queue_push_tail_link (&fetcher->ahead, &request->link);
  request->state = REQUEST_READING;
  fetcher->ahead_bytes += request->bytes;
  serving->upload->ahead_bytes += request->bytes;
  if (serving->given != NULL)
    mark_given (serving, request);
  fetcher_ref (fetcher);
  shoal_content_source_read_async (serving->source, request->file, request->first,
                                   request->leaves, on_read, request);
}

/* Half a second's worth. When slow ones hold all there is, each still has one
 * request in hand, so that none waits for them. */
static void
read_ahead (ShoalUpload *self, Fetcher *fetcher, gint64 now)
{
  double limit = CLAMP (shoal_rate_get (&fetcher->rate, now) / 2, MIN_AHEAD, MAX_AHEAD);
  Request *request;

  while (fetcher->ahead_bytes < limit
         && (self->ahead_bytes < MAX_AHEAD_ALL || fetcher->ahead_bytes == 0)
         && (request = next_request (fetcher, now)) != NULL)
    start_read (fetcher, request);
}

/* --- Sending ------------------------------------------------------------------------ */

static Request *
first_ready (const Fetcher *fetcher)
{
  for (GList *l = fetcher->ahead.head; l != NULL; l = l->next)
    {
      Request *request = l->data;

      if (request->state == REQUEST_READY && fetcher_has_hashes ((Fetcher *) fetcher, request))
        return request;
    }
  return NULL;
}

static gboolean
send_frame (ShoalUpload *self, Fetcher *fetcher, Request *request)
{
  size_t offset = (size_t) request->sent * SHOAL_LEAF_SIZE;
  size_t size = MIN (request->bytes - offset, SHOAL_MAX_DATA_PAYLOAD);
  g_autoptr (GBytes) payload = g_bytes_new_from_bytes (request->data, offset, size);

  if (!shoal_channel_send_data (fetcher->channel, request->id, request->sent, payload, NULL))
    return FALSE;
  request->sent += (uint32_t) ((size + SHOAL_LEAF_SIZE - 1) / SHOAL_LEAF_SIZE);
  fetcher->ahead_bytes -= (uint32_t) size;
  self->ahead_bytes -= size;
  fetcher->deficit -= (gint64) size;
  fetcher->bytes += size;
  fetcher->serving->bytes += size;
  self->bytes += size;
  self->tokens -= (double) size;
  shoal_rate_add (&fetcher->rate, shoal_runtime_now (self->runtime), size);
  if (request->sent == request->leaves)
    end_request (request);
  return TRUE;
}

static gboolean
may_send (const ShoalUpload *self)
{
  return self->rate_limit == 0 || self->tokens > 0;
}

/* One turn. Returns: TRUE if it has sent something */
static gboolean
take_turn (ShoalUpload *self, Fetcher *fetcher, gint64 now)
{
  gboolean sent = FALSE;
  Request *request;

  if (fetcher->channel == NULL || fetcher_get_paused (fetcher) != SHOAL_PAUSED_GOING_ON)
    return FALSE;
  read_ahead (self, fetcher, now);
  /* What a turn leaves over counts in the next, while there is anything to send. */
  fetcher->deficit = MIN (fetcher->deficit, 0) + QUANTUM;
  while (fetcher->deficit > 0 && may_send (self) && fetcher->channel != NULL
         && shoal_channel_wants_data (fetcher->channel)
         && (request = first_ready (fetcher)) != NULL)
    {
      if (!send_frame (self, fetcher, request))
        break;
      sent = TRUE;
    }
  return sent;
}

static void
earn_tokens (ShoalUpload *self, gint64 now)
{
  double limit = (double) self->rate_limit;

  self->tokens += limit * (double) (now - self->tokens_at) / G_USEC_PER_SEC;
  self->tokens = MIN (self->tokens, MAX (65536, 0.1 * limit));
  self->tokens_at = now;
}

void
upload_pump (ShoalUpload *self)
{
  gint64 now = shoal_runtime_now (self->runtime);
  guint idle = 0;

  if (self->pumping)
    return;
  self->pumping = TRUE;
  earn_tokens (self, now);
  while (idle < self->fetchers->len && may_send (self))
    {
      Fetcher *fetcher;

      self->turn = (self->turn + 1) % self->fetchers->len;
      fetcher = fetcher_ref (g_ptr_array_index (self->fetchers, self->turn));
      idle = take_turn (self, fetcher, now) ? 0 : idle + 1;
      fetcher_unref (fetcher);
    }
  self->pumping = FALSE;
}

static void
on_pump_timer (gpointer user_data)
{
  ShoalUpload *self = user_data;

  self->pump_timer = 0;
  upload_pump (self);
}

void
upload_pump_soon (ShoalUpload *self)
{
  if (self->pump_timer == 0)
    self->pump_timer = shoal_runtime_add_timer (self->runtime, 0, on_pump_timer, self);
}

/* --- Life ------------------------------------------------------------------------------ */

static void
on_tick (gpointer user_data)
{
  ShoalUpload *self = user_data;

  self->tick_timer
    = shoal_runtime_add_timer (self->runtime, self->rate_limit != 0 ? TICK_US / 5 : TICK_US,
                               on_tick, self);
  for (guint i = 0; i < self->servings->len; i++)
    serving_catch_up (g_ptr_array_index (self->servings, i));
  upload_pump (self);
}

ShoalUpload *
shoal_upload_new (ShoalRuntime *runtime)
{
  ShoalUpload *self = g_new0 (ShoalUpload, 1);

  self->runtime = g_object_ref (runtime);
  self->servings = g_ptr_array_new ();
  self->fetchers = g_ptr_array_new ();
  self->tokens_at = shoal_runtime_now (runtime);
  self->tick_timer = shoal_runtime_add_timer (runtime, TICK_US, on_tick, self);
  return self;
}

void
shoal_upload_free (ShoalUpload *self)
{
  while (self->servings->len > 0)
    shoal_serving_free (g_ptr_array_index (self->servings, 0));
  shoal_runtime_clear_timer (self->runtime, &self->pump_timer);
  shoal_runtime_clear_timer (self->runtime, &self->tick_timer);
  g_ptr_array_unref (self->servings);
  g_ptr_array_unref (self->fetchers);
  g_object_unref (self->runtime);
  g_free (self);
}

void
shoal_upload_set_rate_limit (ShoalUpload *self, uint64_t limit)
{
  self->rate_limit = limit;
  self->tokens = 0;
  self->tokens_at = shoal_runtime_now (self->runtime);
}

uint64_t
shoal_upload_get_bytes (ShoalUpload *self)
{
  return self->bytes;
}
