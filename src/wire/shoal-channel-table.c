/* shoal-channel-table.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-wire"

#include "config.h"

#include "shoal-channel-table-private.h"

#include "shoal-state.h"

#define MAX_QUEUED_LEAVES (SHOAL_MAX_QUEUED_REQUEST_BYTES / SHOAL_LEAF_SIZE)

/* A request that is not wholly answered. */
typedef struct
{
  uint32_t number; /* first: the table's key */
  uint16_t leaves, done;
  gboolean cancelled;
} Asked;

G_DEFINE_ENUM_TYPE (ShoalChannelState, shoal_channel_state,
  G_DEFINE_ENUM_VALUE (SHOAL_CHANNEL_STATE_NONE, "none"),
  G_DEFINE_ENUM_VALUE (SHOAL_CHANNEL_STATE_OPENING, "opening"),
  G_DEFINE_ENUM_VALUE (SHOAL_CHANNEL_STATE_OPEN, "open"),
  G_DEFINE_ENUM_VALUE (SHOAL_CHANNEL_STATE_CLOSING, "closing"))

static const ShoalStateEdge EDGES[] = {
  { SHOAL_CHANNEL_STATE_NONE, SHOAL_CHANNEL_STATE_OPENING },    /* OPEN */
  { SHOAL_CHANNEL_STATE_OPENING, SHOAL_CHANNEL_STATE_OPEN },    /* OPENED */
  { SHOAL_CHANNEL_STATE_OPENING, SHOAL_CHANNEL_STATE_CLOSING }, /* REFUSED, or CLOSE by us */
  { SHOAL_CHANNEL_STATE_OPEN, SHOAL_CHANNEL_STATE_CLOSING },    /* CLOSE by us */
};

static void
set_state (ShoalWireChannel *channel, ShoalChannelState to)
{
  if (shoal_state_step (SHOAL_TYPE_CHANNEL_STATE, EDGES, G_N_ELEMENTS (EDGES), channel->state, to))
    channel->state = to;
}

/* --- Table --------------------------------------------------------------- */

static void
channel_free (gpointer data)
{
  ShoalWireChannel *channel = data;

  g_hash_table_unref (channel->requests);
  g_hash_table_unref (channel->late);
  g_queue_clear (&channel->late_order);
  g_array_unref (channel->hashes);
  g_free (channel);
}

void
shoal_channel_table_init (ShoalChannelTable *self, gboolean ours)
{
  memset (self, 0, sizeof *self);
  self->ours = ours;
  self->channels = g_hash_table_new_full (g_direct_hash, g_direct_equal, NULL, channel_free);
}

void
shoal_channel_table_clear (ShoalChannelTable *self)
{
  g_clear_pointer (&self->channels, g_hash_table_unref);
  memset (self->lanes, 0, sizeof self->lanes);
  self->load = (ShoalLoad){ 0 };
}

guint
shoal_channel_table_count (const ShoalChannelTable *self)
{
  return self->channels != NULL ? g_hash_table_size (self->channels) : 0;
}

ShoalWireChannel *
shoal_channel_table_find (const ShoalChannelTable *self, uint16_t number)
{
  if (self->channels == NULL)
    return NULL;
  return g_hash_table_lookup (self->channels, GUINT_TO_POINTER ((guint) number));
}

ShoalWireChannel *
shoal_channel_table_add (ShoalChannelTable *self, uint16_t number)
{
  ShoalWireChannel *channel = g_new0 (ShoalWireChannel, 1);
  const uint8_t *lane = memchr (self->lanes, 0, sizeof self->lanes);

  g_assert (lane != NULL && shoal_channel_table_find (self, number) == NULL);

  channel->number = number;
  channel->lane = (uint16_t) (lane - self->lanes);
  channel->requests = g_hash_table_new_full (g_int_hash, g_int_equal, NULL, g_free);
  channel->late = g_hash_table_new (NULL, NULL);
  channel->hashes = g_array_new (FALSE, FALSE, sizeof (ShoalHashAsked));
  set_state (channel, SHOAL_CHANNEL_STATE_OPENING);

  self->lanes[channel->lane] = 1;
  g_hash_table_insert (self->channels, GUINT_TO_POINTER ((guint) number), channel);
  return channel;
}

uint16_t
shoal_channel_table_pick (ShoalChannelTable *self)
{
  while (shoal_channel_table_find (self, self->next) != NULL)
    self->next++;
  return self->next++;
}

/* Takes all that is outstanding on @channel off the books. */
static void
forget_asked (ShoalChannelTable *self, ShoalWireChannel *channel)
{
  GHashTableIter iter;
  Asked *asked;

  g_hash_table_iter_init (&iter, channel->requests);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &asked))
    {
      self->load.requests--;
      self->load.leaves -= (guint) (asked->leaves - asked->done);
    }
  g_hash_table_remove_all (channel->requests);

  for (guint i = 0; i < channel->hashes->len; i++)
    {
      self->load.hash_requests--;
      self->load.hashes -= g_array_index (channel->hashes, ShoalHashAsked, i).range.count;
    }
  g_array_set_size (channel->hashes, 0);
  channel->n_blobs = 0;
}

void
shoal_channel_table_remove (ShoalChannelTable *self, ShoalWireChannel *channel)
{
  forget_asked (self, channel);
  self->lanes[channel->lane] = 0;
  g_hash_table_remove (self->channels, GUINT_TO_POINTER ((guint) channel->number));
}

void
shoal_channel_table_finish (ShoalChannelTable *self, ShoalWireChannel *channel)
{
  forget_asked (self, channel);
  set_state (channel, SHOAL_CHANNEL_STATE_CLOSING);
}

/* --- Books: leaves ------------------------------------------------------- */

static ShoalVerdict
verdict (ShoalVerdict value, const char *words, const char **problem)
{
  *problem = words;
  return value;
}

static void
add_request (ShoalChannelTable *self, ShoalWireChannel *channel, const ShoalRequestEntry *entry)
{
  Asked *asked = g_new0 (Asked, 1);

  asked->number = entry->request;
  asked->leaves = (uint16_t) entry->leaves;
  g_hash_table_add (channel->requests, asked);
  self->load.requests++;
  self->load.leaves += entry->leaves;
}

static void
remove_request (ShoalChannelTable *self, ShoalWireChannel *channel, Asked *asked)
{
  self->load.requests--;
  self->load.leaves -= (guint) (asked->leaves - asked->done);
  g_hash_table_remove (channel->requests, asked);
}

/* All of them or none. */
static ShoalVerdict
pass_request (ShoalChannelTable *self, ShoalWireChannel *channel, const ShoalMessage *message,
              const char **problem)
{
  guint leaves = self->load.leaves;

  for (guint i = 0; i < message->request.n_entries; i++)
    leaves += message->request.entries[i].leaves;
  if (leaves > MAX_QUEUED_LEAVES
      || self->load.requests + message->request.n_entries > SHOAL_MAX_QUEUED_REQUESTS)
    return verdict (SHOAL_VERDICT_BUSY, "too many requests", problem);

  for (guint i = 0; i < message->request.n_entries; i++)
    {
      const ShoalRequestEntry *entry = &message->request.entries[i];

      if (g_hash_table_contains (channel->requests, &entry->request))
        {
          while (i-- > 0)
            remove_request (self, channel,
                            g_hash_table_lookup (channel->requests,
                                                 &message->request.entries[i].request));
          return verdict (SHOAL_VERDICT_ILLEGAL, "a request number in use", problem);
        }
      add_request (self, channel, entry);
    }

  return SHOAL_VERDICT_LEGAL;
}

static ShoalVerdict
pass_cancel (ShoalWireChannel *channel, const ShoalMessage *message)
{
  for (guint i = 0; i < message->cancel.n_requests; i++)
    {
      Asked *asked = g_hash_table_lookup (channel->requests, &message->cancel.requests[i]);

      if (asked != NULL)
        asked->cancelled = TRUE;
    }

  return SHOAL_VERDICT_LEGAL;
}

/* Control overtakes data: leaves of a request that was cancelled may still lie
 * in the other side's queue when its REJECT is here. */
static void
expect_late (ShoalWireChannel *channel, uint32_t number)
{
  gpointer key = GUINT_TO_POINTER (number);

  if (!g_hash_table_add (channel->late, key))
    return;
  g_queue_push_tail (&channel->late_order, key);
  if (g_queue_get_length (&channel->late_order) > SHOAL_MAX_QUEUED_REQUESTS)
    g_hash_table_remove (channel->late, g_queue_pop_head (&channel->late_order));
}

static ShoalVerdict
pass_reject (ShoalChannelTable *self, ShoalWireChannel *channel, const ShoalMessage *message,
             const char **problem)
{
  Asked *asked = g_hash_table_lookup (channel->requests, &message->reject.request);

  if (asked == NULL)
    return verdict (SHOAL_VERDICT_GONE, "a request that is not outstanding", problem);

  if (self->ours)
    expect_late (channel, asked->number);
  remove_request (self, channel, asked);
  return SHOAL_VERDICT_LEGAL;
}

static ShoalVerdict
pass_data (ShoalChannelTable *self, ShoalWireChannel *channel, const ShoalMessage *message,
           const char **problem)
{
  Asked *asked = g_hash_table_lookup (channel->requests, &message->data.request);
  size_t size = message->data.size;
  guint leaves = (guint) ((size + SHOAL_LEAF_SIZE - 1) / SHOAL_LEAF_SIZE);

  if (asked == NULL
      && g_hash_table_contains (channel->late, GUINT_TO_POINTER (message->data.request)))
    return verdict (SHOAL_VERDICT_LATE, "an answer that comes late", problem);
  if (asked == NULL)
    return verdict (SHOAL_VERDICT_GONE, "a request that is not outstanding", problem);
  if (message->data.offset != asked->done)
    return verdict (SHOAL_VERDICT_ILLEGAL, "leaves out of order", problem);
  if (leaves > (guint) (asked->leaves - asked->done))
    return verdict (SHOAL_VERDICT_ILLEGAL, "more leaves than asked for", problem);
  if (size % SHOAL_LEAF_SIZE != 0 && asked->done + leaves != asked->leaves)
    return verdict (SHOAL_VERDICT_ILLEGAL, "a short leaf in the middle", problem);

  asked->done = (uint16_t) (asked->done + leaves);
  self->load.leaves -= leaves;
  if (asked->done == asked->leaves)
    remove_request (self, channel, asked);
  return SHOAL_VERDICT_LEGAL;
}

guint
shoal_wire_channel_admit (const ShoalChannelTable *self, const ShoalWireChannel *channel,
                          ShoalRequestEntry *entries, guint n_entries, GArray *rejected)
{
  guint requests = self->load.requests;
  guint leaves = self->load.leaves;
  guint kept = 0;

  for (guint i = 0; i < n_entries; i++)
    {
      if (!g_hash_table_contains (channel->requests, &entries[i].request)
          && (requests >= SHOAL_MAX_QUEUED_REQUESTS
              || leaves + entries[i].leaves > MAX_QUEUED_LEAVES))
        {
          g_array_append_val (rejected, entries[i].request);
          continue;
        }

      requests++;
      leaves += entries[i].leaves;
      entries[kept++] = entries[i];
    }

  return kept;
}

guint
shoal_wire_channel_filter_cancels (ShoalWireChannel *channel, uint32_t *requests, guint n_requests)
{
  guint kept = 0;

  for (guint i = 0; i < n_requests; i++)
    {
      Asked *asked = g_hash_table_lookup (channel->requests, &requests[i]);

      if (asked == NULL || asked->cancelled)
        continue;
      asked->cancelled = TRUE;
      requests[kept++] = requests[i];
    }

  return kept;
}

/* --- Books: blobs and hashes --------------------------------------------- */

static ShoalVerdict
pass_blob_request (ShoalWireChannel *channel, const ShoalMessage *message, const char **problem)
{
  uint32_t offset = message->blob_request.offset;
  uint32_t length = message->blob_request.length;
  uint32_t size = SHOAL_MAX_DESCRIPTION_SIZE;

  if (message->blob_request.what == SHOAL_BLOB_DESCRIPTION)
    size = channel->description_size;
  else if (message->blob_request.what == SHOAL_BLOB_ATTRIBUTES)
    size = channel->attributes_size;
  else if (!channel->rekeyed)
    return verdict (SHOAL_VERDICT_ILLEGAL, "roots before they are there", problem);

  if (length > size || offset > size - length)
    return verdict (SHOAL_VERDICT_ILLEGAL, "bytes that do not exist", problem);
  if (channel->n_blobs == SHOAL_MAX_BLOB_REQUESTS)
    return verdict (SHOAL_VERDICT_BUSY, "too many requests", problem);

  channel->blobs[channel->n_blobs++]
    = (ShoalBlobRange){ message->blob_request.what, offset, length };
  return SHOAL_VERDICT_LEGAL;
}

static ShoalVerdict
pass_blob (ShoalWireChannel *channel, const ShoalMessage *message, const char **problem)
{
  for (guint i = 0; i < channel->n_blobs; i++)
    {
      const ShoalBlobRange *blob = &channel->blobs[i];

      if (blob->what == message->blob.what && blob->offset == message->blob.offset
          && blob->length == message->blob.size)
        {
          channel->blobs[i] = channel->blobs[--channel->n_blobs];
          return SHOAL_VERDICT_LEGAL;
        }
    }

  return verdict (SHOAL_VERDICT_GONE, "bytes that were not asked for", problem);
}

static ShoalVerdict
pass_hash_request (ShoalChannelTable *self, ShoalWireChannel *channel, const ShoalMessage *message,
                   const char **problem)
{
  ShoalHashAsked asked = { message->hash_request.range, message->hash_request.proof_layers };

  if (self->load.hash_requests == SHOAL_MAX_HASH_REQUESTS
      || self->load.hashes + asked.range.count > SHOAL_MAX_QUEUED_HASHES)
    return verdict (SHOAL_VERDICT_BUSY, "too many requests", problem);

  self->load.hash_requests++;
  self->load.hashes += asked.range.count;
  g_array_append_val (channel->hashes, asked);
  return SHOAL_VERDICT_LEGAL;
}

static gboolean
range_equals (const ShoalHashRange *a, const ShoalHashRange *b)
{
  return a->layer == b->layer && a->index == b->index && a->count == b->count
         && shoal_hash_equals (&a->file, &b->file);
}

/* @uncles: how many came along. FALSE if nothing like it was asked for. */
static gboolean
answer_hashes (ShoalChannelTable *self, ShoalWireChannel *channel, const ShoalHashRange *range,
               uint8_t uncles)
{
  for (guint i = 0; i < channel->hashes->len; i++)
    {
      const ShoalHashAsked *asked = &g_array_index (channel->hashes, ShoalHashAsked, i);

      if (range_equals (&asked->range, range) && uncles <= asked->proof_layers)
        {
          self->load.hash_requests--;
          self->load.hashes -= range->count;
          g_array_remove_index_fast (channel->hashes, i);
          return TRUE;
        }
    }

  return FALSE;
}

static ShoalVerdict
pass_hashes (ShoalChannelTable *self, ShoalWireChannel *channel, const ShoalMessage *message,
             const char **problem)
{
  const ShoalHashRange *range = &message->hashes.range;

  if (answer_hashes (self, channel, range, message->hashes.uncles))
    return SHOAL_VERDICT_LEGAL;

  /* Pushed ahead of the data of a draft. */
  if ((channel->flags & SHOAL_OPENED_DRAFT) != 0 && range->layer == 0
      && message->hashes.uncles == 0 && range->count <= SHOAL_LEAVES_PER_GROUP
      && range->index % SHOAL_LEAVES_PER_GROUP == 0)
    return SHOAL_VERDICT_LEGAL;

  return verdict (SHOAL_VERDICT_GONE, "hashes that were not asked for", problem);
}

static ShoalVerdict
pass_rekey (ShoalWireChannel *channel, const char **problem)
{
  if ((channel->flags & SHOAL_OPENED_DRAFT) == 0 || channel->rekeyed)
    return verdict (SHOAL_VERDICT_ILLEGAL, "a share that is no draft", problem);

  channel->rekeyed = TRUE;
  return SHOAL_VERDICT_LEGAL;
}

static void
apply_opened (ShoalWireChannel *channel, const ShoalMessage *message)
{
  channel->flags = message->opened.flags;
  channel->description_size = message->opened.description_size;
  channel->attributes_size = message->opened.attributes_size;
  set_state (channel, SHOAL_CHANNEL_STATE_OPEN);
}

ShoalVerdict
shoal_wire_channel_pass (ShoalChannelTable *self,
                         ShoalWireChannel *channel,
                         const ShoalMessage *message,
                         const char **problem)
{
  if ((channel->state == SHOAL_CHANNEL_STATE_OPENING) != (message->type == SHOAL_MESSAGE_OPENED))
    return verdict (SHOAL_VERDICT_ILLEGAL, "not in this state of the channel", problem);

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wswitch-enum"
  /* The rest are statements, which need no books. */
  switch (message->type)
    {
    case SHOAL_MESSAGE_OPENED:
      apply_opened (channel, message);
      return SHOAL_VERDICT_LEGAL;
    case SHOAL_MESSAGE_BLOB_REQUEST:
      return pass_blob_request (channel, message, problem);
    case SHOAL_MESSAGE_BLOB:
      return pass_blob (channel, message, problem);
    case SHOAL_MESSAGE_HASH_REQUEST:
      return pass_hash_request (self, channel, message, problem);
    case SHOAL_MESSAGE_HASHES:
      return pass_hashes (self, channel, message, problem);
    case SHOAL_MESSAGE_HASH_REJECT:
      if (answer_hashes (self, channel, &message->hash_reject.range, 0))
        return SHOAL_VERDICT_LEGAL;
      return verdict (SHOAL_VERDICT_GONE, "hashes that were not asked for", problem);
    case SHOAL_MESSAGE_REQUEST:
      return pass_request (self, channel, message, problem);
    case SHOAL_MESSAGE_CANCEL:
      return pass_cancel (channel, message);
    case SHOAL_MESSAGE_REJECT:
      return pass_reject (self, channel, message, problem);
    case SHOAL_MESSAGE_DATA:
      return pass_data (self, channel, message, problem);
    case SHOAL_MESSAGE_REKEY:
      return pass_rekey (channel, problem);
    default:
      return SHOAL_VERDICT_LEGAL;
    }
#pragma GCC diagnostic pop
}
