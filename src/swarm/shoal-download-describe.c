/* shoal-download-describe.c: the description, its attributes, a draft's roots.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-swarm"

#include "config.h"

#include "shoal-download-private.h"

#include "shoal-bytes.h"

/* The first record, and one for each entry, of 9 bytes; and the header. */
#define MAX_ATTRIBUTES_SIZE ((SHOAL_MAX_ENTRIES + 1) * 9u + 9u)
/* For each file with bytes: good or not, and a hash. */
#define ROOT_RECORD (1u + SHOAL_HASH_SIZE)

/* --- Fetching ---------------------------------------------------------------------- */

void
download_clear_blob (ShoalDownload *self)
{
  g_clear_pointer (&self->blob.conn, conn_unref);
  g_clear_pointer (&self->blob.buffer, g_free);
}

/* Its channel is gone: whoever else is there is asked, from the start. */
void
download_forget_blob (ShoalDownload *self, Conn *conn)
{
  if (self->rekey_conn == conn)
    g_clear_pointer (&self->rekey_conn, conn_unref);
  if (self->blob.conn == conn)
    download_clear_blob (self);
}

static void
ask_more (ShoalDownload *self)
{
  Blob *blob = &self->blob;

  while (blob->asked < blob->size
         && blob->asked - blob->received
              <= (SHOAL_MAX_BLOB_REQUESTS - 1) * SHOAL_MAX_BLOB_BYTES)
    {
      ShoalMessage message = { .type = SHOAL_MESSAGE_BLOB_REQUEST };
      uint32_t length = MIN (blob->size - blob->asked, SHOAL_MAX_BLOB_BYTES);

      message.blob_request.what = blob->what;
      message.blob_request.offset = blob->asked;
      message.blob_request.length = length;
      if (!shoal_channel_send (blob->conn->channel, &message, NULL))
        return;
      blob->asked += length;
    }
}

static void
fetch (ShoalDownload *self, Conn *conn, ShoalBlob what, uint32_t size)
{
  self->blob = (Blob){ conn_ref (conn), (uint8_t) what, g_malloc (size), size, 0, 0 };
  ask_more (self);
}

static uint32_t
roots_size (ShoalDownload *self)
{
  uint32_t n = 0;

  for (uint32_t i = 0; i < shoal_description_get_n_files (self->description); i++)
    n += shoal_description_get_file (self->description, i)->length > 0;
  return n * ROOT_RECORD;
}

void
download_fetch_blobs (ShoalDownload *self, Conn *conn)
{
  if (!download_is_live (self) || self->blob.conn != NULL || self->parsing || !conn->opened
      || conn->channel == NULL)
    return;

  if (self->state == SHOAL_DOWNLOAD_STATE_DESCRIBING && self->description == NULL
      /* A manifest is the offerer's word. */
      && (!self->is_draft || conn->vouches))
    {
      if (conn->description_size == 0 || conn->description_size > SHOAL_MAX_DESCRIPTION_SIZE)
        {
          conn_fail (conn, "its description has an impossible size");
          return;
        }
      fetch (self, conn, SHOAL_BLOB_DESCRIPTION, conn->description_size);
    }
  else if (self->state == SHOAL_DOWNLOAD_STATE_DESCRIBING && self->description != NULL
           && self->attributes == NULL)
    {
      if (conn->attributes_size == 0 || conn->attributes_size > MAX_ATTRIBUTES_SIZE)
        download_described (self);
      else
        fetch (self, conn, SHOAL_BLOB_ATTRIBUTES, conn->attributes_size);
    }
  else if (self->rekey_conn == conn && self->description != NULL && self->final == NULL)
    {
      if (roots_size (self) > 0)
        fetch (self, conn, SHOAL_BLOB_ROOTS, roots_size (self));
    }
}

/* --- Understanding -------------------------------------------------------------------- */

typedef struct
{
  ShoalDownload    *download;    /* (owned) */
  Conn             *conn;        /* (owned): who sent it */
  uint8_t           what;
  GBytes           *bytes;       /* (owned) */
  gboolean          is_draft;
  ShoalHash         share;
  ShoalDescription *description; /* (owned) (nullable): the draft; then the result */
  ShoalHash        *roots;       /* (owned) (nullable) */
  gboolean         *left_out;    /* (owned) (nullable) */
  GError           *error;       /* (owned) (nullable) */
} Parsing;

static void
parse_description (Parsing *job)
{
  job->description = job->is_draft
                       ? shoal_description_parse_draft (job->bytes, &job->share, &job->error)
                       : shoal_description_parse (job->bytes, SHOAL_NAMES_REFUSE, &job->error);
  if (job->description != NULL && !job->is_draft
      && !shoal_hash_equals (shoal_description_get_id (job->description), &job->share))
    {
      g_clear_pointer (&job->description, shoal_description_unref);
      shoal_error_set (&job->error, SHOAL_ERROR_CORRUPT, SHOAL_SIDE_THERE, NULL,
                       "The description is not the one that was asked for");
    }
}

/* The share that the draft has become must be the one that was named. */
static void
parse_roots (Parsing *job)
{
  g_autoptr (ShoalDescription) draft = g_steal_pointer (&job->description);
  uint32_t n = shoal_description_get_n_files (draft);
  ShoalReader reader = shoal_reader (g_bytes_get_data (job->bytes, NULL),
                                     g_bytes_get_size (job->bytes));

  job->roots = g_new0 (ShoalHash, n);
  job->left_out = g_new0 (gboolean, n);
  for (uint32_t i = 0; i < n; i++)
    {
      if (shoal_description_get_file (draft, i)->length == 0)
        continue;
      job->left_out[i] = shoal_reader_u8 (&reader) == 0;
      shoal_reader_hash (&reader, &job->roots[i]);
    }
  if (!shoal_reader_finish (&reader))
    {
      shoal_error_set (&job->error, SHOAL_ERROR_PROTOCOL, SHOAL_SIDE_THERE, NULL,
                       "The hashes of the files are cut short");
      return;
    }
  job->description = shoal_description_complete (draft, job->roots, job->left_out, &job->error);
  if (job->description != NULL
      && !shoal_hash_equals (shoal_description_get_id (job->description), &job->share))
    {
      g_clear_pointer (&job->description, shoal_description_unref);
      shoal_error_set (&job->error, SHOAL_ERROR_CORRUPT, SHOAL_SIDE_THERE, NULL,
                       "The finished share is not the one that was named");
    }
}

static void
work_parse (gpointer data)
{
  Parsing *job = data;

  if (job->what == SHOAL_BLOB_ROOTS)
    parse_roots (job);
  else
    parse_description (job);
}

/* A parser does not know whose bytes it reads. */
static void
fail_for_sender (ShoalDownload *self, const GError *error)
{
  g_autoptr (GError) told = NULL;

  if (shoal_error_get_side (error) != SHOAL_SIDE_NONE || error->domain != SHOAL_ERROR)
    {
      download_fail (self, error);
      return;
    }
  told = shoal_error_new ((ShoalErrorCode) error->code, SHOAL_SIDE_THERE,
                          "Ask them to send it with another version of Shoal.",
                          "The list of files that came is broken: %s", error->message);
  download_fail (self, told);
}

static void
use_description (ShoalDownload *self, Parsing *job)
{
  if (job->description == NULL)
    {
      /* Its bytes are named by their hash, or vouched for by the offerer. A share
       * that nobody may have on disk cannot be had from anybody. */
      if (self->is_draft || !g_error_matches (job->error, SHOAL_ERROR, SHOAL_ERROR_CORRUPT))
        fail_for_sender (self, job->error);
      else
        source_ban (job->conn->source, "It sent another share's description");
      return;
    }
  self->description = g_steal_pointer (&job->description);
  if (job->conn->channel != NULL)
    download_fetch_blobs (self, job->conn);
}

static void
use_roots (ShoalDownload *self, Parsing *job)
{
  g_clear_pointer (&self->rekey_conn, conn_unref);
  if (job->description == NULL)
    {
      download_fail (self, job->error);
      return;
    }
  self->final = g_steal_pointer (&job->description);
  self->final_roots = g_steal_pointer (&job->roots);
  self->final_left_out = g_steal_pointer (&job->left_out);
  download_apply_roots (self);
}

static void
done_parse (gpointer data)
{
  Parsing *job = data;
  ShoalDownload *self = job->download;

  self->parsing = FALSE;
  if (download_is_live (self))
    {
      if (job->what == SHOAL_BLOB_ROOTS)
        use_roots (self, job);
      else
        use_description (self, job);
    }
  g_clear_pointer (&job->description, shoal_description_unref);
  g_clear_error (&job->error);
  g_bytes_unref (job->bytes);
  g_free (job->roots);
  g_free (job->left_out);
  conn_unref (job->conn);
  shoal_download_unref (self);
  g_free (job);
}

static void
parse (ShoalDownload *self, Conn *conn, uint8_t what, GBytes *bytes)
{
  Parsing *job = g_new0 (Parsing, 1);

  job->download = shoal_download_ref (self);
  job->conn = conn_ref (conn);
  job->what = what;
  job->bytes = g_bytes_ref (bytes);
  job->is_draft = self->is_draft;
  job->share = what == SHOAL_BLOB_ROOTS ? self->rekey_hash : self->share;
  if (what == SHOAL_BLOB_ROOTS)
    job->description = shoal_description_ref (self->description);
  self->parsing = TRUE;
  shoal_runtime_submit (self->runtime, SHOAL_POOL_HASH, work_parse, done_parse, job);
}

/* --- Messages ------------------------------------------------------------------------------ */

static void
complete_blob (ShoalDownload *self)
{
  Blob *blob = &self->blob;
  g_autoptr (GBytes) bytes = g_bytes_new_take (g_steal_pointer (&blob->buffer), blob->size);
  Conn *conn = conn_ref (blob->conn);
  uint8_t what = blob->what;

  download_clear_blob (self);
  if (what == SHOAL_BLOB_ATTRIBUTES)
    {
      /* Advisory: whether it is right is seen when it is used. */
      self->attributes = g_bytes_ref (bytes);
      download_described (self);
    }
  else
    parse (self, conn, what, bytes);
  conn_unref (conn);
}

void
conn_blob (Conn *conn, const ShoalMessage *message)
{
  ShoalDownload *self = conn->source->download;
  Blob *blob = &self->blob;
  uint32_t offset = message->blob.offset;
  size_t size = message->blob.size;

  /* The session lets only answers pass, and each once; those to what was
   * asked before a change of mind come too. */
  if (blob->conn != conn || blob->what != message->blob.what)
    return;
  if (offset > blob->size || size > blob->size - offset)
    {
      conn_fail (conn, "it sent more of a description than there is");
      return;
    }
  memcpy (blob->buffer + offset, message->blob.data, size);
  blob->received += (uint32_t) size;
  if (blob->received >= blob->size)
    complete_blob (self);
  else
    ask_more (self);
}

void
conn_rekey (Conn *conn, const ShoalMessage *message)
{
  ShoalDownload *self = conn->source->download;

  if (!conn->vouches)
    {
      conn_fail (conn, "it speaks for a draft that is not its own");
      return;
    }
  if (self->final != NULL || self->rekey_conn != NULL)
    return;
  self->rekey_hash = message->rekey.info_hash;
  self->rekey_conn = conn_ref (conn);
  download_fetch_blobs (self, conn);
}
