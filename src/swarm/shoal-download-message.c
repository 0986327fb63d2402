/* shoal-download-message.c: what sources say.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-swarm"

#include "config.h"

#include "shoal-download-private.h"

/* --- Opening -------------------------------------------------------------------- */

static void
on_opened (Conn *conn, const ShoalMessage *message)
{
  Source *source = conn->source;
  ShoalDownload *self = source->download;
  gboolean is_draft = (message->opened.flags & SHOAL_OPENED_DRAFT) != 0;

  /* The key fits and the share is another: nobody honest does that. */
  if (is_draft != self->is_draft || !shoal_hash_equals (&message->opened.share, &self->share))
    {
      conn_fail (conn, "it opened another share");
      return;
    }
  conn->opened = TRUE;
  conn->complete = (message->opened.flags & SHOAL_OPENED_COMPLETE) != 0;
  conn->vouches = self->is_draft && shoal_hash_equals (shoal_peer_get_id (source->peer),
                                                       &self->offerer);
  conn->description_size = message->opened.description_size;
  conn->attributes_size = message->opened.attributes_size;
  source_set_state (source, SHOAL_DOWNLOAD_SOURCE_ACTIVE, NULL);
  download_update_reading (self);
  download_fetch_blobs (self, conn);
  download_enlist (self);
}

/* --- What it has ------------------------------------------------------------------ */

static void
have (Conn *conn, uint32_t first, uint32_t count)
{
  ShoalDownload *self = conn->source->download;

  if (conn->pick != NULL)
    {
      shoal_picker_source_have (self->picker, conn->pick, first, count, download_now (self));
      return;
    }
  if (conn->early_pieces == NULL)
    conn->early_pieces = g_malloc0 (SHOAL_MAX_PIECES / 8);
  for (uint32_t i = first; i < SHOAL_MAX_PIECES && i - first < count; i++)
    conn->early_pieces[i / 8] |= (uint8_t) (1u << (i % 8));
}

static void
on_availability (Conn *conn, const ShoalMessage *message)
{
  uint32_t count = message->availability.count;

  for (uint32_t i = 0; i < count; i++)
    {
      uint32_t first = i;

      while (i < count && shoal_message_has_piece (message, i))
        i++;
      if (i > first)
        have (conn, message->availability.first + first, i - first);
    }
}

/* --- What it refuses ---------------------------------------------------------------- */

static void
lose_file (Conn *conn, uint32_t file)
{
  ShoalDownload *self = conn->source->download;
  const char *path = shoal_description_get_file (self->description, file)->path;
  g_autofree char *why = g_strdup_printf ("Its copy of “%s” is not what was described", path);

  g_hash_table_add (conn->source->bad_files, GUINT_TO_POINTER (file));
  if (conn->pick != NULL)
    shoal_picker_source_lose_file (self->picker, conn->pick, file, download_now (self));
  source_set_state (conn->source, SHOAL_DOWNLOAD_SOURCE_CHANGED, why);
}

static void
on_changed (Conn *conn, const ShoalMessage *message)
{
  ShoalDownload *self = conn->source->download;
  uint32_t file;

  if (self->description == NULL
      || !shoal_description_find_key (self->description, &message->changed.file, &file))
    return;
  while (file != G_MAXUINT32)
    {
      uint32_t next = shoal_description_get_file (self->description, file)->next_same;

      lose_file (conn, file);
      file = next;
    }
  if (self->picker != NULL)
    shoal_picker_fill (self->picker, download_now (self));
}

static void
on_reject (Conn *conn, const ShoalMessage *message)
{
  ShoalDownload *self = conn->source->download;

  conn_flush_gather (conn, message->reject.request);
  if (conn->pick == NULL
      || !shoal_picker_rejected (self->picker, conn->pick, message->reject.request,
                                 (ShoalReject) message->reject.reason, download_now (self)))
    conn_fail (conn, "it rejected what was not asked for");
}

static void
on_paused (Conn *conn, const ShoalMessage *message)
{
  ShoalDownload *self = conn->source->download;

  conn->paused = message->paused.reason != SHOAL_PAUSED_GOING_ON;
  if (conn->pick != NULL)
    shoal_picker_source_set_paused (self->picker, conn->pick, conn->paused, download_now (self));
  if (conn->paused)
    source_set_state (conn->source, SHOAL_DOWNLOAD_SOURCE_PAUSED,
                      message->paused.text != NULL && *message->paused.text != '\0'
                        ? message->paused.text : "The other side has paused it");
  else
    source_set_state (conn->source, SHOAL_DOWNLOAD_SOURCE_ACTIVE, NULL);
}

static void
on_peers (Conn *conn, const ShoalMessage *message)
{
  ShoalDownload *self = conn->source->download;

  if (self->events->peers != NULL)
    self->events->peers (self, conn->source->peer, message->peers.entries,
                         message->peers.n_entries, self->user_data);
}

/* --- All of it -------------------------------------------------------------------------- */

static void
dispatch (Conn *conn, const ShoalMessage *message)
{
  /* The types that nobody sends on a channel of ours are the session's to
   * refuse; there is no list of all the others here. */
  switch ((int) message->type)
    {
    case SHOAL_MESSAGE_BLOB:
      conn_blob (conn, message);
      break;

    case SHOAL_MESSAGE_HASHES:
      conn_hashes (conn, message);
      break;

    case SHOAL_MESSAGE_HASH_REJECT:
      conn_hash_reject (conn, message);
      break;

    case SHOAL_MESSAGE_AVAILABILITY:
      on_availability (conn, message);
      break;

    case SHOAL_MESSAGE_HAVE:
      have (conn, message->have.first, message->have.count);
      break;

    case SHOAL_MESSAGE_REJECT:
      on_reject (conn, message);
      break;

    case SHOAL_MESSAGE_CHANGED:
      on_changed (conn, message);
      break;

    case SHOAL_MESSAGE_REKEY:
      conn_rekey (conn, message);
      break;

    case SHOAL_MESSAGE_DATA:
      conn_data (conn, message);
      break;

    case SHOAL_MESSAGE_PAUSED:
      on_paused (conn, message);
      break;

    case SHOAL_MESSAGE_PEERS:
      on_peers (conn, message);
      break;

    default:
      break;
    }
}

void
conn_message (Conn *conn, const ShoalMessage *message)
{
  ShoalDownload *self = conn->source->download;

  if (message->type == SHOAL_MESSAGE_OPENED)
    on_opened (conn, message);
  else if (!conn->opened)
    conn_fail (conn, "it spoke before it opened");
  else
    dispatch (conn, message);
  download_pump (self); /* which may have let go of the source */
}
