/* liar.c: shoal-cli with a bent tongue.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The objects of shoal-cli, linked so that some calls come through here first
 * (ld --wrap). What SHOAL_LIE says is done to them; without it, this is
 * shoal-cli.
 *
 *   bytes        every leaf it serves has one wrong byte
 *   some         every eighth answer has one
 *   stall        serves 20 answers, then never answers again; the link lives
 *   description  the description it serves is the file SHOAL_LIE_FILE
 *   requests     asks for leaves that do not exist
 */

#include "config.h"

#include "shoal-channel.h"
#include "shoal-content-source.h"

#include <stdlib.h>

#define STALL_AFTER 20

static gboolean
lies (const char *how)
{
  return g_strcmp0 (g_getenv ("SHOAL_LIE"), how) == 0;
}

/* --- Bytes --------------------------------------------------------------- */

void     __real_shoal_content_source_read_async (ShoalContentSource *self, uint32_t file,
                                                 uint64_t first_leaf, uint32_t n_leaves,
                                                 ShoalReadFunc func, gpointer user_data);
void     __wrap_shoal_content_source_read_async (ShoalContentSource *self, uint32_t file,
                                                 uint64_t first_leaf, uint32_t n_leaves,
                                                 ShoalReadFunc func, gpointer user_data);
GBytes  *__real_shoal_description_get_bytes     (const ShoalDescription *self);
GBytes  *__wrap_shoal_description_get_bytes     (const ShoalDescription *self);
gboolean __real_shoal_channel_send              (ShoalChannel *self, ShoalMessage *message,
                                                 GError **error);
gboolean __wrap_shoal_channel_send              (ShoalChannel *self, ShoalMessage *message,
                                                 GError **error);

typedef struct
{
  ShoalReadFunc func;
  gpointer      user_data;
} Reading;

static void
on_read (GBytes *bytes, const GError *error, gpointer user_data)
{
  Reading *reading = user_data;
  g_autoptr (GBytes) bent = NULL;
  gsize size;

  if (bytes != NULL)
    {
      uint8_t *copy = g_memdup2 (g_bytes_get_data (bytes, &size), g_bytes_get_size (bytes));

      for (gsize i = 0; i < size; i += SHOAL_LEAF_SIZE)
        copy[i] ^= 1;
      bent = g_bytes_new_take (copy, size);
    }
  reading->func (bent, error, reading->user_data);
  g_free (reading);
}

void
__wrap_shoal_content_source_read_async (ShoalContentSource *self, uint32_t file,
                                        uint64_t first_leaf, uint32_t n_leaves, ShoalReadFunc func,
                                        gpointer user_data)
{
  static gboolean inside; /* a view of a seed asks the seed: one lie is enough */
  static guint n_reads;

  gboolean was_inside = inside;

  if (!inside)
    n_reads++;
  if (lies ("stall") && n_reads > STALL_AFTER)
    return;
  if (!inside && (lies ("bytes") || (lies ("some") && n_reads % 8 == 0)))
    {
      Reading *reading = g_new (Reading, 1);

      *reading = (Reading){ func, user_data };
      func = on_read;
      user_data = reading;
    }
  inside = TRUE;
  __real_shoal_content_source_read_async (self, file, first_leaf, n_leaves, func, user_data);
  inside = was_inside;
}

/* --- Descriptions -------------------------------------------------------- */

GBytes *
__wrap_shoal_description_get_bytes (const ShoalDescription *self)
{
  static GBytes *forged;
  char *contents;
  gsize size;

  if (!lies ("description"))
    return __real_shoal_description_get_bytes (self);
  if (forged == NULL)
    {
      if (!g_file_get_contents (g_getenv ("SHOAL_LIE_FILE"), &contents, &size, NULL))
        abort ();
      forged = g_bytes_new_take (contents, size);
    }
  return forged;
}

/* --- Requests ------------------------------------------------------------ */

gboolean
__wrap_shoal_channel_send (ShoalChannel *self, ShoalMessage *message, GError **error)
{
  if (message->type == SHOAL_MESSAGE_REQUEST && lies ("requests"))
    {
      ShoalRequestEntry *entries = (ShoalRequestEntry *) message->request.entries;

      for (guint i = 0; i < message->request.n_entries; i++)
        entries[i].first_leaf += 1000000; /* of a file that could be, not of this one */
    }
  return __real_shoal_channel_send (self, message, error);
}
