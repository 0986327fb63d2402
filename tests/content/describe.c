/* describe.c: drives the content room from a test in another language.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *   describe write DIRECTORY OUT.torrent   describes a file or folder
 *   describe read FILE.torrent             prints what is in it
 *   describe link LINK                     prints it in the other scheme
 *
 * Prints JSON-free lines of words; a path comes last. Status 1 and the message on an error.
 */

#include "config.h"

#include "shoal-sha256.h"
#include "shoal-share-link.h"
#include "shoal-torrent.h"

#include <stdio.h>

/* What describing a folder has found. */
typedef struct
{
  ShoalDescriptionBuilder *builder;
  GHashTable              *leaves; /* path → GArray of ShoalHash */
} Walk;

static void
hash_file (Walk *self, const char *path, const char *name, GError **error)
{
  g_autofree char *data = NULL;
  GArray *leaves = g_array_new (FALSE, FALSE, sizeof (ShoalHash));
  ShoalHash root;
  gsize size;

  g_hash_table_insert (self->leaves, g_strdup (name), leaves);
  if (!g_file_get_contents (path, &data, &size, error))
    return;

  g_array_set_size (leaves, (guint) shoal_merkle_n_leaves (size));
  shoal_sha256_leaves (data, size, (ShoalHash *) leaves->data);
  if (size > 0)
    shoal_merkle_root (size, 0, (ShoalHash *) leaves->data, &root);
  shoal_description_builder_add_file (self->builder, name, size, size > 0 ? &root : NULL, error);
}

static void
walk (Walk *self, const char *path, const char *name, GError **error)
{
  g_autoptr (GDir) dir = NULL;
  const char *element;

  if (!g_file_test (path, G_FILE_TEST_IS_DIR))
    {
      hash_file (self, path, name, error);
      return;
    }

  dir = g_dir_open (path, 0, error);
  if (dir == NULL)
    return;
  if (*name != '\0' && !shoal_description_builder_add_folder (self->builder, name, error))
    return;
  while ((element = g_dir_read_name (dir)) != NULL && *error == NULL)
    {
      g_autofree char *below = g_build_filename (path, element, NULL);
      g_autofree char *relative = *name != '\0' ? g_strdup_printf ("%s/%s", name, element)
                                                : g_strdup (element);

      walk (self, below, relative, error);
    }
}

typedef struct
{
  ShoalDescription *description;
  GHashTable       *leaves;
  ShoalHash        *layer; /* (owned) */
} Layers;

static const ShoalHash *
on_piece_layer (uint32_t index, gpointer user_data)
{
  Layers *self = user_data;
  const ShoalFile *file = shoal_description_get_file (self->description, index);
  GArray *leaves = g_hash_table_lookup (self->leaves, file->path);
  unsigned layer
    = shoal_merkle_piece_layer (shoal_description_get_piece_length (self->description));

  g_free (self->layer);
  self->layer = g_new (ShoalHash, file->n_pieces);
  shoal_merkle_reduce ((ShoalHash *) leaves->data, leaves->len, 0, layer, self->layer);
  return self->layer;
}

static gboolean
write_torrent (const char *path, const char *out, GError **error)
{
  g_autofree char *name = g_path_get_basename (path);
  gboolean is_file = !g_file_test (path, G_FILE_TEST_IS_DIR);
  g_autoptr (ShoalDescriptionBuilder) builder = shoal_description_builder_new (name, is_file);
  g_autoptr (GHashTable) leaves
    = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_array_unref);
  g_autoptr (ShoalDescription) description = NULL;
  g_autoptr (GBytes) bytes = NULL;
  Walk state = { builder, leaves };
  Layers layers = { NULL, leaves, NULL };

  walk (&state, path, is_file ? name : "", error);
  if (*error != NULL)
    return FALSE;
  description = shoal_description_builder_finish (builder, NULL, NULL, NULL, error);
  if (description == NULL)
    return FALSE;

  layers.description = description;
  bytes = shoal_torrent_write (description, on_piece_layer, &layers, NULL, error);
  g_free (layers.layer);
  return bytes != NULL && g_file_set_contents (out, g_bytes_get_data (bytes, NULL),
                                               (gssize) g_bytes_get_size (bytes), error);
}

static void
print_layer (const ShoalTorrent *torrent, uint32_t index, const ShoalFile *file)
{
  const ShoalHash *layer = shoal_torrent_get_piece_layer (torrent, index);
  ShoalHash hash;

  if (layer == NULL)
    {
      printf (" -");
      return;
    }
  /* One word for all of it. */
  shoal_sha256 (layer, (size_t) file->n_pieces * SHOAL_HASH_SIZE, &hash);
  {
    g_autofree char *hex = shoal_hash_to_hex (&hash);

    printf (" %s", hex);
  }
}

static gboolean
read_torrent (const char *path, GError **error)
{
  g_autofree char *data = NULL;
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (ShoalTorrent) torrent = NULL;
  g_autofree char *id = NULL;
  ShoalDescription *description;
  gsize size;

  if (!g_file_get_contents (path, &data, &size, error))
    return FALSE;
  bytes = g_bytes_new_take (g_steal_pointer (&data), size);
  torrent = shoal_torrent_parse (bytes, error);
  if (torrent == NULL)
    return FALSE;

  description = shoal_torrent_get_description (torrent);
  id = shoal_hash_to_hex (shoal_description_get_id (description));
  printf ("share %s %u %s %s\n", id, shoal_description_get_piece_length (description),
          shoal_description_is_single_file (description) ? "single" : "multi",
          shoal_description_get_name (description));
  for (uint32_t i = 0; i < shoal_description_get_n_files (description); i++)
    {
      const ShoalFile *file = shoal_description_get_file (description, i);
      g_autofree char *root = shoal_hash_to_hex (&file->key);

      printf ("file %" G_GUINT64_FORMAT " %s %u %u", file->length, root, file->first_piece,
              file->n_pieces);
      print_layer (torrent, i, file);
      printf (" %s\n", file->path);
    }
  for (uint32_t i = 0; i < shoal_description_get_n_folders (description); i++)
    printf ("folder %s\n", shoal_description_get_folder (description, i)->path);
  for (const char *const *note = shoal_description_get_notes (description); *note != NULL; note++)
    printf ("note %s\n", *note);
  for (const char *const *url = shoal_torrent_get_trackers (torrent); *url != NULL; url++)
    printf ("tracker %s\n", *url);
  return TRUE;
}

static gboolean
convert_link (const char *text, GError **error)
{
  g_autoptr (ShoalShareLink) link = shoal_share_link_parse (text, -1, error);
  g_autofree char *other = NULL;

  if (link == NULL)
    return FALSE;
  other = shoal_share_link_format (link, g_str_has_prefix (text, "shoal:")
                                           ? SHOAL_SHARE_LINK_MAGNET
                                           : SHOAL_SHARE_LINK_SHOAL);
  printf ("%s\n", other);
  return TRUE;
}

int
main (int argc, char *argv[])
{
  g_autoptr (GError) error = NULL;
  gboolean ok = FALSE;

  if (argc == 4 && g_str_equal (argv[1], "write"))
    ok = write_torrent (argv[2], argv[3], &error);
  else if (argc == 3 && g_str_equal (argv[1], "read"))
    ok = read_torrent (argv[2], &error);
  else if (argc == 3 && g_str_equal (argv[1], "link"))
    ok = convert_link (argv[2], &error);
  else
    fprintf (stderr, "usage: describe write PATH OUT | read TORRENT | link LINK\n");

  if (error != NULL)
    fprintf (stderr, "%s: %s\n", shoal_error_get_nick (error), error->message);
  return ok ? 0 : 1;
}
