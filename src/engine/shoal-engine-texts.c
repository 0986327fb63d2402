/* shoal-engine-texts.c: a text on its way is a file, which goes when it has come.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-engine"
#define SHOAL_ENGINE_ROOM

#include "config.h"

#include "shoal-engine-private.h"

#include <glib/gstdio.h>

/* --- Removing ------------------------------------------------------------ */

static void
work_remove (gpointer data)
{
  g_autofree char *folder = g_path_get_dirname (data);

  g_unlink (data);
  g_rmdir (folder);
}

void
shoal_engine_remove_text (ShoalEngine *self, const char *path)
{
  shoal_runtime_submit (engine_runtime (self), SHOAL_POOL_DISK, work_remove, g_free,
                        g_strdup (path));
}

/* --- Reading ------------------------------------------------------------- */

typedef struct
{
  ShoalEngine *engine; /* (owned) */
  char        *id;     /* (owned): of the transfer */
  char        *path;   /* (owned) */
  GBytes      *text;   /* (owned) (nullable) */
  void       (*done) (ShoalTransfer *transfer);
} Reading;

static void
reading_free (Reading *reading)
{
  g_object_unref (reading->engine);
  g_free (reading->id);
  g_free (reading->path);
  g_clear_pointer (&reading->text, g_bytes_unref);
  g_free (reading);
}

static void
work_read (gpointer data)
{
  Reading *reading = data;
  char *text;
  gsize size;

  if (g_file_get_contents (reading->path, &text, &size, NULL))
    reading->text = g_bytes_new_take (text, size);
}

/* The text is stored: its file is not needed. */
static void
on_stored (const GError *error, gpointer user_data)
{
  Reading *reading = user_data;

  if (error == NULL)
    shoal_engine_remove_text (reading->engine, reading->path);
  reading_free (reading);
}

static void
done_read (gpointer data)
{
  Reading *reading = data;
  ShoalEngine *self = reading->engine;
  ShoalTransfer *transfer
    = self->stopping ? NULL : g_hash_table_lookup (self->transfers, reading->id);
  gsize size;
  const char *text;

  if (transfer == NULL || transfer->download == NULL)
    {
      reading_free (reading); /* stopped, or cancelled: it is read again, or gone */
      return;
    }
  text = reading->text != NULL ? g_bytes_get_data (reading->text, &size) : NULL;
  if (text != NULL && g_utf8_validate_len (text, size, NULL))
    {
      g_clear_pointer (&transfer->stored->text, g_bytes_unref);
      transfer->stored->text = g_bytes_ref (reading->text);
    }
  else
    {
      shoal_engine_tell_notice (self, "“%s” is no text; it is kept as %s",
                                transfer->stored->name, reading->path);
    }
  reading->done (transfer);
  if (transfer->stored->text != NULL)
    shoal_state_transfers_save (self->database, transfer->stored, on_stored, reading);
  else
    reading_free (reading);
}

void
shoal_get_take_text (ShoalTransfer *self, void (*done) (ShoalTransfer *transfer))
{
  ShoalPieceStore *store = shoal_download_get_store (self->download);
  Reading *reading = g_new0 (Reading, 1);

  reading->engine = g_object_ref (self->engine);
  reading->id = g_strdup (self->id_text);
  reading->path = g_build_filename (shoal_piece_store_get_destination (store),
                                    shoal_piece_store_get_path (store, 0), NULL);
  reading->done = done;
  shoal_runtime_submit (engine_runtime (self->engine), SHOAL_POOL_DISK, work_read, done_read,
                        reading);
}
