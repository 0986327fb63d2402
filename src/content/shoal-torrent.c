/* shoal-torrent.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-content"

#include "config.h"

#include "shoal-torrent.h"

#include "shoal-tree.h"

/* Nobody looks at more. */
#define MAX_URLS 100
#define MAX_URL_BYTES 2048

struct _ShoalTorrent
{
  GBytes           *bytes;       /* (owned): the layers lie in it */
  ShoalDescription *description; /* (owned) */
  const ShoalHash **layers;      /* (owned): by file; NULL where there is none */
  char            **trackers;    /* (owned) */
  char            **web_seeds;   /* (owned) */
};

/* --- Piece layers -------------------------------------------------------- */

static gboolean
layer_fits (ShoalDescription *description, const ShoalFile *file, const ShoalHash *layer)
{
  unsigned height
    = shoal_merkle_piece_layer (shoal_description_get_piece_length (description));
  ShoalHash root;

  shoal_merkle_root (file->length, height, layer, &root);
  return shoal_hash_equals (&root, &file->key);
}

static gboolean
set_corrupt (const ShoalFile *file, ShoalSide side, GError **error)
{
  g_autofree char *shown = shoal_name_escape (file->path, -1, 80);

  return shoal_error_set (error, SHOAL_ERROR_CORRUPT, side, NULL,
                          "The piece hashes of “%s” do not fit its pieces root", shown);
}

/* Layers of unknown roots and of files of one piece are of no use, and no harm. */
static gboolean
read_layer (ShoalTorrent *self, ShoalSpan key, ShoalBencodeNode value, GError **error)
{
  const ShoalFile *file;
  ShoalSpan layer;
  uint32_t index;

  if (key.size != SHOAL_HASH_SIZE || !shoal_bencode_get_string (value, &layer))
    return shoal_error_set (error, SHOAL_ERROR_INVALID, SHOAL_SIDE_THERE, NULL,
                            "The torrent's piece layers are not made of hashes");
  if (!shoal_description_find_key (self->description, (const ShoalHash *) key.data, &index))
    return TRUE;

  file = shoal_description_get_file (self->description, index);
  if (file->n_pieces < 2)
    return TRUE;
  if (layer.size != (size_t) file->n_pieces * SHOAL_HASH_SIZE
      || !layer_fits (self->description, file, (const ShoalHash *) layer.data))
    return set_corrupt (file, SHOAL_SIDE_THERE, error);

  for (; index != G_MAXUINT32;
       index = shoal_description_get_file (self->description, index)->next_same)
    self->layers[index] = (const ShoalHash *) layer.data;
  return TRUE;
}

static gboolean
read_layers (ShoalTorrent *self, ShoalBencodeNode layers, GError **error)
{
  ShoalBencodeIter iter;
  ShoalBencodeNode value;
  ShoalSpan key;

  self->layers = g_new0 (const ShoalHash *, shoal_description_get_n_files (self->description));
  if (shoal_bencode_get_type (layers) != SHOAL_BENCODE_DICT)
    return TRUE;

  shoal_bencode_iter_init (&iter, layers);
  while (shoal_bencode_iter_next (&iter, &key, &value))
    {
      if (!read_layer (self, key, value, error))
        return FALSE;
    }
  return TRUE;
}

/* --- URLs ---------------------------------------------------------------- */

static gboolean
is_printable (ShoalSpan url)
{
  for (size_t i = 0; i < url.size; i++)
    {
      if ((uint8_t) url.data[i] <= 0x20 || url.data[i] == 0x7f)
        return FALSE;
    }
  return g_utf8_validate_len (url.data, url.size, NULL);
}

static void
add_url (GPtrArray *urls, ShoalBencodeNode node)
{
  g_autofree char *text = NULL;
  ShoalSpan url;

  if (urls->len >= MAX_URLS || !shoal_bencode_get_string (node, &url) || url.size == 0
      || url.size > MAX_URL_BYTES || !is_printable (url))
    return;

  text = g_strndup (url.data, url.size);
  if (!g_ptr_array_find_with_equal_func (urls, text, g_str_equal, NULL))
    g_ptr_array_add (urls, g_steal_pointer (&text));
}

/* A URL, a list of URLs, or a list of lists of them. */
static void
add_urls (GPtrArray *urls, ShoalBencodeNode node)
{
  ShoalBencodeIter outer, inner;
  ShoalBencodeNode tier, url;

  add_url (urls, node);
  shoal_bencode_iter_init (&outer, node);
  while (urls->len < MAX_URLS && shoal_bencode_iter_next (&outer, NULL, &tier))
    {
      add_url (urls, tier);
      shoal_bencode_iter_init (&inner, tier);
      while (urls->len < MAX_URLS && shoal_bencode_iter_next (&inner, NULL, &url))
        add_url (urls, url);
    }
}

static char **
finish_urls (GPtrArray *urls)
{
  g_ptr_array_add (urls, NULL);
  return (char **) g_ptr_array_free (urls, FALSE);
}

/* --- Reading ------------------------------------------------------------- */

ShoalTorrent *
shoal_torrent_parse (GBytes *bytes, GError **error)
{
  g_autoptr (ShoalTorrent) self = g_new0 (ShoalTorrent, 1);
  g_autoptr (ShoalBencode) document = shoal_bencode_parse (bytes, error);
  GPtrArray *trackers = g_ptr_array_new ();
  GPtrArray *web_seeds = g_ptr_array_new ();
  g_autoptr (GBytes) info = NULL;
  ShoalBencodeNode root = { NULL, 0 };

  self->bytes = g_bytes_ref (bytes);
  if (document != NULL)
    root = shoal_bencode_get_root (document);
  add_urls (trackers, shoal_bencode_lookup (root, "announce"));
  add_urls (trackers, shoal_bencode_lookup (root, "announce-list"));
  add_urls (web_seeds, shoal_bencode_lookup (root, "url-list"));
  self->trackers = finish_urls (trackers);
  self->web_seeds = finish_urls (web_seeds);
  if (document == NULL)
    return NULL;

  info = shoal_bencode_dup_raw (shoal_bencode_lookup (root, "info"));
  if (info == NULL)
    {
      shoal_error_set (error, SHOAL_ERROR_INVALID, SHOAL_SIDE_THERE, NULL,
                       "This is not a torrent: it has no info dictionary");
      return NULL;
    }

  self->description = shoal_description_parse (info, SHOAL_NAMES_REPAIR, error);
  if (self->description == NULL
      || !read_layers (self, shoal_bencode_lookup (root, "piece layers"), error))
    return NULL;
  return g_steal_pointer (&self);
}

void
shoal_torrent_free (ShoalTorrent *self)
{
  if (self == NULL)
    return;

  g_clear_pointer (&self->description, shoal_description_unref);
  g_bytes_unref (self->bytes);
  g_free (self->layers);
  g_strfreev (self->trackers);
  g_strfreev (self->web_seeds);
  g_free (self);
}

ShoalDescription *
shoal_torrent_get_description (const ShoalTorrent *self)
{
  return self->description;
}

const ShoalHash *
shoal_torrent_get_piece_layer (const ShoalTorrent *self, uint32_t index)
{
  g_return_val_if_fail (index < shoal_description_get_n_files (self->description), NULL);

  return self->layers[index];
}

const char *const *
shoal_torrent_get_trackers (const ShoalTorrent *self)
{
  return (const char *const *) self->trackers;
}

const char *const *
shoal_torrent_get_web_seeds (const ShoalTorrent *self)
{
  return (const char *const *) self->web_seeds;
}

/* --- Writing ------------------------------------------------------------- */

static int
compare_files (gconstpointer a, gconstpointer b)
{
  const ShoalFile *left = *(const ShoalFile *const *) a;
  const ShoalFile *right = *(const ShoalFile *const *) b;
  int order = shoal_hash_compare (&left->key, &right->key);

  /* By address is by index. */
  return order != 0 ? order : (left < right ? -1 : left > right);
}

static gboolean
write_layers (ShoalDescription *description, ShoalPieceLayerFunc piece_layer, gpointer user_data,
              GByteArray *out, GError **error)
{
  g_autoptr (GPtrArray) files = g_ptr_array_new ();
  const ShoalFile *first = NULL;

  for (uint32_t i = 0; i < shoal_description_get_n_files (description); i++)
    {
      const ShoalFile *file = shoal_description_get_file (description, i);

      first = i == 0 ? file : first;
      if (file->n_pieces > 1)
        g_ptr_array_add (files, (gpointer) file);
    }
  g_ptr_array_sort (files, compare_files);

  for (guint i = 0; i < files->len; i++)
    {
      const ShoalFile *file = g_ptr_array_index (files, i);
      const ShoalHash *layer;

      if (i > 0 && shoal_hash_equals (&file->key, &((ShoalFile *) files->pdata[i - 1])->key))
        continue;

      layer = piece_layer ((uint32_t) (file - first), user_data);
      if (layer == NULL)
        return shoal_error_set (error, SHOAL_ERROR_NOT_FOUND, SHOAL_SIDE_HERE, NULL,
                                "The piece hashes of “%s” are not known", file->path);
      if (!layer_fits (description, file, layer))
        return set_corrupt (file, SHOAL_SIDE_HERE, error);
      shoal_bencode_add_bytes (out, &file->key, sizeof file->key);
      shoal_bencode_add_bytes (out, layer, (size_t) file->n_pieces * SHOAL_HASH_SIZE);
    }
  return TRUE;
}

static void
write_trackers (const char *const *trackers, GByteArray *out)
{
  if (trackers == NULL || trackers[0] == NULL)
    return;

  shoal_bencode_add_string (out, "announce");
  shoal_bencode_add_string (out, trackers[0]);
  if (trackers[1] == NULL)
    return;

  shoal_bencode_add_string (out, "announce-list");
  shoal_bencode_begin_list (out);
  for (size_t i = 0; trackers[i] != NULL; i++)
    {
      shoal_bencode_begin_list (out);
      shoal_bencode_add_string (out, trackers[i]);
      shoal_bencode_end (out);
    }
  shoal_bencode_end (out);
}

GBytes *
shoal_torrent_write (ShoalDescription *description, ShoalPieceLayerFunc piece_layer,
                     gpointer user_data, const char *const *trackers, GError **error)
{
  g_autoptr (GByteArray) out = g_byte_array_new ();
  GBytes *info = shoal_description_get_bytes (description);

  g_return_val_if_fail (!shoal_description_is_draft (description), NULL);

  shoal_bencode_begin_dict (out);
  write_trackers (trackers, out);
  shoal_bencode_add_string (out, "info");
  g_byte_array_append (out, g_bytes_get_data (info, NULL), (guint) g_bytes_get_size (info));
  shoal_bencode_add_string (out, "piece layers");
  shoal_bencode_begin_dict (out);
  if (!write_layers (description, piece_layer, user_data, out, error))
    return NULL;
  shoal_bencode_end (out);
  shoal_bencode_end (out);
  return g_byte_array_free_to_bytes (g_steal_pointer (&out));
}
