/* shoal-description-build.c: descriptions of our own files.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-content"

#include "config.h"

#include "shoal-tree.h"

#include <string.h>

typedef struct
{
  const char *path; /* in `paths` */
  uint64_t    length;
  ShoalHash   root;
  gboolean    has_root;
  gboolean    is_file;
} Entry;

struct _ShoalDescriptionBuilder
{
  char         *name;           /* (owned) */
  gboolean      is_single_file;
  GArray       *entries;        /* (owned): of Entry */
  GStringChunk *paths;          /* (owned) */
};

/* Names cannot contain what sorts below '/', once that stands for the end. */
int
shoal_path_compare (const char *a, const char *b)
{
  while (*a == *b && *a != '\0')
    {
      a++;
      b++;
    }
  if (*a == *b)
    return 0;
  if (*a == '\0' || *b == '\0')
    return *a == '\0' ? -1 : 1;
  if (*a == '/' || *b == '/')
    return *a == '/' ? -1 : 1;
  return (uint8_t) *a < (uint8_t) *b ? -1 : 1;
}

ShoalDescriptionBuilder *
shoal_description_builder_new (const char *name, gboolean is_single_file)
{
  ShoalDescriptionBuilder *self = g_new0 (ShoalDescriptionBuilder, 1);

  g_return_val_if_fail (name != NULL, NULL);

  self->name = g_strdup (name);
  self->is_single_file = is_single_file;
  self->entries = g_array_new (FALSE, FALSE, sizeof (Entry));
  self->paths = g_string_chunk_new (64 * 1024);
  return self;
}

void
shoal_description_builder_free (ShoalDescriptionBuilder *self)
{
  if (self == NULL)
    return;

  g_free (self->name);
  g_array_unref (self->entries);
  g_string_chunk_free (self->paths);
  g_free (self);
}

static gboolean
add_entry (ShoalDescriptionBuilder *self, const char *path, Entry entry, GError **error)
{
  ShoalNameFault fault = shoal_path_check (path, -1);

  if (fault != SHOAL_NAME_OK)
    return shoal_tree_refuse_name ((ShoalSpan){ path, strlen (path) }, fault, SHOAL_SIDE_HERE,
                                   error);
  if (self->entries->len >= SHOAL_MAX_ENTRIES)
    return shoal_error_set (error, SHOAL_ERROR_LIMIT, SHOAL_SIDE_HERE,
                            "Pack the folder into one file, or share its parts one by one.",
                            "More than %u files and folders in one share", SHOAL_MAX_ENTRIES);

  entry.path = g_string_chunk_insert (self->paths, path);
  g_array_append_val (self->entries, entry);
  return TRUE;
}

gboolean
shoal_description_builder_add_file (ShoalDescriptionBuilder *self, const char *path,
                                    uint64_t length, const ShoalHash *root, GError **error)
{
  Entry entry = { .length = length, .is_file = TRUE };

  if (root != NULL && length > 0)
    {
      entry.root = *root;
      entry.has_root = TRUE;
    }
  return add_entry (self, path, entry, error);
}

gboolean
shoal_description_builder_add_folder (ShoalDescriptionBuilder *self, const char *path,
                                      GError **error)
{
  return add_entry (self, path, (Entry){ .is_file = FALSE }, error);
}

/* --- Finishing ----------------------------------------------------------- */

static int
compare_entries (gconstpointer a, gconstpointer b)
{
  return shoal_path_compare (((const Entry *) a)->path, ((const Entry *) b)->path);
}

/* The folders that are open: the ends of their names in `path`. */
typedef struct
{
  ShoalTree  *tree;
  const char *path;
  size_t      ends[SHOAL_MAX_PATH_DEPTH];
  unsigned    depth;
} Opener;

/* Closes and opens folders until @folders, the first @size bytes of a path, is
 * the open one. */
static gboolean
open_folders (Opener *self, const char *path, size_t size, GError **error)
{
  unsigned same = 0;
  size_t start;

  while (same < self->depth && self->ends[same] <= size
         && (self->ends[same] == size || path[self->ends[same]] == '/')
         && memcmp (self->path, path, self->ends[same]) == 0)
    same++;
  for (; self->depth > same; self->depth--)
    shoal_tree_close_folder (self->tree);

  self->path = path;
  start = same > 0 ? self->ends[same - 1] + 1 : 0;
  while (start < size)
    {
      const char *slash = memchr (path + start, '/', size - start);
      size_t end = slash != NULL ? (size_t) (slash - path) : size;

      if (!shoal_tree_open_folder (self->tree, (ShoalSpan){ path + start, end - start }, error))
        return FALSE;
      self->ends[self->depth++] = end;
      start = end + 1;
    }
  return TRUE;
}

/* Sorted, an entry that lies below another one, or is it, follows it. */
static gboolean
check_twice (const Entry *earlier, const Entry *entry, GError **error)
{
  size_t size = strlen (earlier->path);
  gboolean is_same = g_str_equal (earlier->path, entry->path);
  gboolean is_below = strncmp (earlier->path, entry->path, size) == 0 && entry->path[size] == '/';
  g_autofree char *shown = NULL;

  if (!(earlier->is_file ? is_same || is_below : is_same && entry->is_file))
    return TRUE;

  shown = shoal_name_escape (earlier->path, -1, 80);
  return shoal_error_set (error, SHOAL_ERROR_INVALID, SHOAL_SIDE_HERE, NULL,
                          "“%s” is there twice", shown);
}

static gboolean
fill_tree (ShoalDescriptionBuilder *self, gboolean is_draft, ShoalTree *tree, GError **error)
{
  Opener opener = { .tree = tree };

  for (guint i = 0; i < self->entries->len; i++)
    {
      const Entry *entry = &g_array_index (self->entries, Entry, i);
      const char *slash = strrchr (entry->path, '/');
      const char *name = slash != NULL ? slash + 1 : entry->path;
      size_t folders = slash != NULL ? (size_t) (slash - entry->path) : 0;

      if (i > 0 && !check_twice (entry - 1, entry, error))
        return FALSE;
      if (entry->is_file && entry->length > 0 && !entry->has_root && !is_draft)
        return shoal_error_set (error, SHOAL_ERROR_FAILED, SHOAL_SIDE_HERE, NULL,
                                "“%s” has not been hashed", entry->path);
      if (!open_folders (&opener, entry->path, entry->is_file ? folders : strlen (entry->path),
                         error))
        return FALSE;
      if (entry->is_file
          && !shoal_tree_add_file (tree, (ShoalSpan){ name, strlen (name) }, entry->length,
                                   is_draft ? NULL : &entry->root, error))
        return FALSE;
    }
  return open_folders (&opener, "", 0, error);
}

ShoalDescription *
shoal_description_builder_finish (ShoalDescriptionBuilder *self, const ShoalHash *draft_id,
                                  ShoalClashFunc on_clash, gpointer user_data, GError **error)
{
  g_autoptr (ShoalTree) tree = shoal_tree_new (SHOAL_NAMES_REFUSE, SHOAL_SIDE_HERE);
  ShoalDescriptionHead head = { .name = self->name, .draft_id = draft_id };
  ShoalDescription *description = NULL;
  ShoalNameFault fault = shoal_name_check (self->name, -1);

  g_array_sort (self->entries, compare_entries);
  if (fault != SHOAL_NAME_OK)
    shoal_tree_refuse_name ((ShoalSpan){ self->name, strlen (self->name) }, fault, SHOAL_SIDE_HERE,
                            error);
  else if (fill_tree (self, draft_id != NULL, tree, error)
           && shoal_tree_settle (tree, on_clash, user_data, error))
    {
      head.is_single_file = shoal_tree_is_single_file (tree, head.name);
      if (self->is_single_file && !head.is_single_file)
        shoal_error_set (error, SHOAL_ERROR_FAILED, SHOAL_SIDE_HERE, NULL,
                         "A share of one file needs just that file, called like the share");
      else
        description = shoal_description_from_tree (tree, &head, error);
    }

  g_array_set_size (self->entries, 0);
  g_string_chunk_clear (self->paths);
  return description;
}

ShoalDescription *
shoal_description_complete (ShoalDescription *draft, const ShoalHash *roots,
                            const gboolean *left_out, GError **error)
{
  g_autoptr (ShoalDescriptionBuilder) builder
    = shoal_description_builder_new (shoal_description_get_name (draft), FALSE);

  g_return_val_if_fail (shoal_description_is_draft (draft), NULL);

  for (uint32_t i = 0; i < shoal_description_get_n_folders (draft); i++)
    {
      const ShoalFolder *folder = shoal_description_get_folder (draft, i);

      if (!shoal_description_builder_add_folder (builder, folder->path, error))
        return NULL;
    }
  for (uint32_t i = 0; i < shoal_description_get_n_files (draft); i++)
    {
      const ShoalFile *file = shoal_description_get_file (draft, i);

      if ((left_out == NULL || !left_out[i]) &&
          !shoal_description_builder_add_file (builder, file->path, file->length, &roots[i], error))
        return NULL;
    }
  return shoal_description_builder_finish (builder, NULL, NULL, NULL, error);
}
