/* shoal-description.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-content"

#include "config.h"

#include "shoal-description.h"

#include "shoal-bytes.h"
#include "shoal-sha256.h"
#include "shoal-tree.h"

#include <stdlib.h>

/* Paths repeat the names of their folders: a hostile tree could make them far
 * larger than the description itself. */
#define MAX_PATH_BYTES_IN_ALL (2 * (size_t) SHOAL_MAX_DESCRIPTION_SIZE)

struct _ShoalDescription
{
  gatomicrefcount ref_count;

  /* Everything below is set once, at construction. */
  gboolean     is_draft;
  gboolean     is_single_file;
  gboolean     is_sorted;    /* files are in the order of their paths */
  ShoalHash    id;
  GBytes      *bytes;        /* (owned) */
  char        *name;         /* (owned) */
  uint64_t     length;
  uint32_t     piece_length;
  uint32_t     n_pieces;

  char        *paths;        /* (owned): all paths, each with its NUL */
  ShoalFile   *files;        /* (owned) */
  ShoalFolder *folders;      /* (owned) */
  uint32_t     n_files;
  uint32_t     n_folders;

  uint32_t    *by_key;       /* (owned): files with bytes, by key, then index */
  uint32_t     n_by_key;
  char       **notes;        /* (owned) */
};

/* --- The piece length rule ----------------------------------------------- */

static uint64_t
count_pieces (uint64_t length, uint32_t piece_length)
{
  return length / piece_length + (length % piece_length != 0);
}

static gboolean
is_long_enough (const uint64_t *lengths, size_t n_files, uint32_t piece_length)
{
  uint64_t total = 0;

  for (size_t i = 0; i < n_files; i++)
    {
      uint64_t n = count_pieces (lengths[i], piece_length);

      if (n > SHOAL_MAX_PIECES_PER_FILE)
        return FALSE;
      total += n;
    }
  return total <= SHOAL_MAX_PIECES;
}

uint32_t
shoal_piece_length_for (const uint64_t *lengths, size_t n_files)
{
  uint32_t piece_length = SHOAL_MIN_PIECE_LENGTH;

  while (piece_length < SHOAL_MAX_PIECE_LENGTH && !is_long_enough (lengths, n_files, piece_length))
    piece_length *= 2;
  return piece_length;
}

static uint32_t
piece_length_of_tree (const ShoalTree *tree)
{
  g_autofree uint64_t *lengths = g_new (uint64_t, tree->nodes->len);
  size_t n = 0;

  for (uint32_t i = shoal_tree_first (tree); i < tree->nodes->len; i = shoal_tree_next (tree, i))
    lengths[n++] = shoal_tree_node (tree, i)->length;
  return shoal_piece_length_for (lengths, n);
}

/* --- Keys ---------------------------------------------------------------- */

void
shoal_file_key_for_draft (const ShoalHash *draft_id, uint32_t index, ShoalHash *key)
{
  static const char LABEL[] = "shoal draft file 1";
  uint8_t text[sizeof LABEL - 1 + SHOAL_HASH_SIZE + 4];

  memcpy (text, LABEL, sizeof LABEL - 1);
  memcpy (text + sizeof LABEL - 1, draft_id->bytes, SHOAL_HASH_SIZE);
  shoal_put_u32 (text + sizeof LABEL - 1 + SHOAL_HASH_SIZE, index);
  shoal_sha256 (text, sizeof text, key);
}

/* Sorted rather than hashed: a hostile description could choose roots that
 * fall into one bucket. */
static int
compare_by_key (gconstpointer a, gconstpointer b, gpointer user_data)
{
  const ShoalFile *files = user_data;
  uint32_t left = *(const uint32_t *) a;
  uint32_t right = *(const uint32_t *) b;
  int order = shoal_hash_compare (&files[left].key, &files[right].key);

  if (order != 0)
    return order;
  return left < right ? -1 : left > right;
}

static gboolean
index_keys (ShoalDescription *self, ShoalSide side, GError **error)
{
  self->by_key = g_new (uint32_t, self->n_files);
  for (uint32_t i = 0; i < self->n_files; i++)
    {
      if (self->files[i].length > 0)
        self->by_key[self->n_by_key++] = i;
    }
  if (self->n_by_key > 1)
    qsort_r (self->by_key, self->n_by_key, sizeof *self->by_key, compare_by_key, self->files);

  for (uint32_t i = 1; i < self->n_by_key; i++)
    {
      ShoalFile *earlier = &self->files[self->by_key[i - 1]];
      const ShoalFile *file = &self->files[self->by_key[i]];

      if (!shoal_hash_equals (&earlier->key, &file->key))
        continue;
      if (earlier->length != file->length)
        return shoal_error_set (error, SHOAL_ERROR_INVALID, side, NULL,
                                "Two files of one pieces root differ in length");
      earlier->next_same = self->by_key[i];
    }
  return TRUE;
}

/* --- From a tree --------------------------------------------------------- */

static gboolean
measure (ShoalDescription *self, const ShoalTree *tree, size_t *path_bytes, GError **error)
{
  uint64_t n_pieces = 0;

  *path_bytes = 0;
  for (uint32_t i = shoal_tree_first (tree); i < tree->nodes->len; i = shoal_tree_next (tree, i))
    {
      const ShoalTreeNode *node = shoal_tree_node (tree, i);

      *path_bytes += node->path_size + 1u;
      self->length += node->length;
      n_pieces += count_pieces (node->length, self->piece_length);
      if (node->is_file)
        self->n_files++;
      else
        self->n_folders++;
      if (self->length > SHOAL_MAX_SHARE_LENGTH || n_pieces > SHOAL_MAX_PIECES
          || *path_bytes > MAX_PATH_BYTES_IN_ALL)
        return shoal_error_set (error, SHOAL_ERROR_LIMIT, tree->side, "Share it in parts.",
                                "A share of more than 1 PiB, %u pieces, or 64 MiB of names",
                                SHOAL_MAX_PIECES);
    }

  self->n_pieces = (uint32_t) n_pieces;
  return TRUE;
}

/* Filling in: where the next file, folder and path go, and for each node that
 * is a folder its number. */
typedef struct
{
  ShoalDescription *description;
  const ShoalTree  *tree;
  uint32_t         *numbers;
  char             *path;
  uint32_t          n_files;
  uint32_t          n_folders;
  uint32_t          n_pieces;
} Filler;

static const char *
fill_path (Filler *self, const ShoalTreeNode *node, uint32_t folder)
{
  char *path = self->path;
  char *to = path;

  if (folder != SHOAL_NO_FOLDER)
    {
      to = g_stpcpy (to, self->description->folders[folder].path);
      *to++ = '/';
    }
  memcpy (to, node->name.data, node->name.size);
  to[node->name.size] = '\0';
  self->path = to + node->name.size + 1;
  return path;
}

static void
fill_file (Filler *self, const ShoalTreeNode *node, uint32_t folder, const ShoalHash *draft_id)
{
  ShoalFile *file = &self->description->files[self->n_files];

  file->path = fill_path (self, node, folder);
  file->length = node->length;
  file->folder = folder;
  file->next_same = G_MAXUINT32;
  file->first_piece = self->n_pieces;
  file->n_pieces = (uint32_t) count_pieces (node->length, self->description->piece_length);
  if (node->length > 0 && draft_id != NULL)
    shoal_file_key_for_draft (draft_id, self->n_files, &file->key);
  else if (node->length > 0)
    file->key = *node->root;

  self->n_pieces += file->n_pieces;
  self->n_files++;
  for (uint32_t i = folder; i != SHOAL_NO_FOLDER; i = self->description->folders[i].parent)
    self->description->folders[i].n_files++;
}

static void
fill (ShoalDescription *self, const ShoalTree *tree, const ShoalHash *draft_id, size_t path_bytes)
{
  g_autofree uint32_t *numbers = g_new (uint32_t, tree->nodes->len);
  Filler filler = { .description = self, .tree = tree, .numbers = numbers };

  self->paths = filler.path = g_malloc (path_bytes + 1);
  self->files = g_new0 (ShoalFile, self->n_files);
  self->folders = g_new0 (ShoalFolder, self->n_folders);
  for (uint32_t i = shoal_tree_first (tree); i < tree->nodes->len; i = shoal_tree_next (tree, i))
    {
      const ShoalTreeNode *node = shoal_tree_node (tree, i);
      uint32_t parent = node->parent != SHOAL_NO_NODE ? numbers[node->parent] : SHOAL_NO_FOLDER;

      if (node->is_file)
        fill_file (&filler, node, parent, draft_id);
      else
        {
          ShoalFolder *folder = &self->folders[filler.n_folders];

          numbers[i] = filler.n_folders++;
          folder->parent = parent;
          folder->first_file = filler.n_files;
          folder->path = fill_path (&filler, node, parent);
        }
    }
}

static GBytes *
write_head (const ShoalDescription *self, const ShoalTree *tree)
{
  GByteArray *out = g_byte_array_new ();

  shoal_bencode_begin_dict (out);
  shoal_bencode_add_string (out, "file tree");
  shoal_tree_write (tree, !self->is_draft, out);
  if (!self->is_draft)
    {
      shoal_bencode_add_string (out, "meta version");
      shoal_bencode_add_integer (out, 2);
    }
  shoal_bencode_add_string (out, "name");
  shoal_bencode_add_string (out, self->name);
  if (!self->is_draft)
    {
      shoal_bencode_add_string (out, "piece length");
      shoal_bencode_add_integer (out, self->piece_length);
    }
  shoal_bencode_end (out);
  return g_byte_array_free_to_bytes (out);
}

ShoalDescription *
shoal_description_from_tree (ShoalTree *tree, const ShoalDescriptionHead *head, GError **error)
{
  g_autoptr (ShoalDescription) self = g_new0 (ShoalDescription, 1);
  size_t path_bytes;

  g_atomic_ref_count_init (&self->ref_count);
  self->name = g_strdup (head->name);
  self->is_draft = head->draft_id != NULL;
  self->is_single_file = head->is_single_file;
  self->is_sorted = !tree->is_renamed;
  self->piece_length = head->piece_length != 0 ? head->piece_length : piece_length_of_tree (tree);
  if (!measure (self, tree, &path_bytes, error))
    return NULL;

  self->bytes = head->bytes != NULL ? g_bytes_ref (head->bytes) : write_head (self, tree);
  if (g_bytes_get_size (self->bytes) > SHOAL_MAX_DESCRIPTION_SIZE)
    {
      shoal_error_set (error, SHOAL_ERROR_LIMIT, tree->side, "Share it in parts.",
                       "A description of more than %u MiB", SHOAL_MAX_DESCRIPTION_SIZE >> 20);
      return NULL;
    }
  if (self->is_draft)
    self->id = *head->draft_id;
  else
    shoal_sha256 (g_bytes_get_data (self->bytes, NULL), g_bytes_get_size (self->bytes), &self->id);

  fill (self, tree, head->draft_id, path_bytes);
  if (!index_keys (self, tree->side, error))
    return NULL;
  g_ptr_array_add (tree->notes, NULL);
  self->notes = (char **) g_ptr_array_steal (tree->notes, NULL);
  return g_steal_pointer (&self);
}

ShoalDescription *
shoal_description_ref (ShoalDescription *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
shoal_description_unref (ShoalDescription *self)
{
  g_return_if_fail (self != NULL);

  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  g_clear_pointer (&self->bytes, g_bytes_unref);
  g_free (self->name);
  g_free (self->paths);
  g_free (self->files);
  g_free (self->folders);
  g_free (self->by_key);
  g_strfreev (self->notes);
  g_free (self);
}

/* --- Asking -------------------------------------------------------------- */

gboolean
shoal_description_is_draft (ShoalDescription *self)
{
  return self->is_draft;
}

const ShoalHash *
shoal_description_get_id (ShoalDescription *self)
{
  return &self->id;
}

GBytes *
shoal_description_get_bytes (ShoalDescription *self)
{
  return self->bytes;
}

const char *
shoal_description_get_name (ShoalDescription *self)
{
  return self->name;
}

gboolean
shoal_description_is_single_file (ShoalDescription *self)
{
  return self->is_single_file;
}

uint64_t
shoal_description_get_length (ShoalDescription *self)
{
  return self->length;
}

uint32_t
shoal_description_get_piece_length (ShoalDescription *self)
{
  return self->piece_length;
}

uint32_t
shoal_description_get_n_pieces (ShoalDescription *self)
{
  return self->n_pieces;
}

uint32_t
shoal_description_get_n_files (ShoalDescription *self)
{
  return self->n_files;
}

const ShoalFile *
shoal_description_get_file (ShoalDescription *self, uint32_t index)
{
  g_return_val_if_fail (index < self->n_files, NULL);

  return &self->files[index];
}

uint32_t
shoal_description_get_n_folders (ShoalDescription *self)
{
  return self->n_folders;
}

const ShoalFolder *
shoal_description_get_folder (ShoalDescription *self, uint32_t index)
{
  g_return_val_if_fail (index < self->n_folders, NULL);

  return &self->folders[index];
}

gboolean
shoal_description_find_key (ShoalDescription *self, const ShoalHash *key, uint32_t *index)
{
  uint32_t low = 0, high = self->n_by_key;

  while (low < high)
    {
      uint32_t middle = low + (high - low) / 2;

      if (shoal_hash_compare (&self->files[self->by_key[middle]].key, key) < 0)
        low = middle + 1;
      else
        high = middle;
    }

  if (low == self->n_by_key || !shoal_hash_equals (&self->files[self->by_key[low]].key, key))
    return FALSE;
  *index = self->by_key[low];
  return TRUE;
}

gboolean
shoal_description_find_path (ShoalDescription *self, const char *path, uint32_t *index)
{
  uint32_t low = 0, high = self->n_files;

  while (self->is_sorted && high - low > 1)
    {
      uint32_t middle = low + (high - low) / 2;

      if (shoal_path_compare (self->files[middle].path, path) <= 0)
        low = middle;
      else
        high = middle;
    }

  for (; low < high; low++)
    {
      if (g_str_equal (self->files[low].path, path))
        {
          *index = low;
          return TRUE;
        }
    }
  return FALSE;
}

uint32_t
shoal_description_file_of_piece (ShoalDescription *self, uint32_t piece)
{
  uint32_t low = 0, high = self->n_files;

  g_return_val_if_fail (piece < self->n_pieces, 0);

  /* The last file that starts at or before it: an empty one starts where the
   * file after it does. */
  while (high - low > 1)
    {
      uint32_t middle = low + (high - low) / 2;

      if (self->files[middle].first_piece <= piece)
        low = middle;
      else
        high = middle;
    }
  return low;
}

const char *const *
shoal_description_get_notes (ShoalDescription *self)
{
  return (const char *const *) self->notes;
}
