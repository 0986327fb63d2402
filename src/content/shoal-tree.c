/* shoal-tree.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-content"

#include "config.h"

#include "shoal-tree.h"

#include <string.h>

/* Notes beyond this would only be scrolled past. */
#define MAX_NOTES 100
/* Clashes that are repaired, and numbers tried for each. */
#define MAX_REPAIRS 500

ShoalTree *
shoal_tree_new (ShoalNames names, ShoalSide side)
{
  ShoalTree *self = g_new0 (ShoalTree, 1);

  self->names = names;
  self->side = side;
  self->nodes = g_array_new (FALSE, FALSE, sizeof (ShoalTreeNode));
  self->current = SHOAL_NO_NODE;
  self->repaired = g_string_chunk_new (1024);
  self->notes = g_ptr_array_new_with_free_func (g_free);
  return self;
}

void
shoal_tree_free (ShoalTree *self)
{
  if (self == NULL)
    return;

  g_array_unref (self->nodes);
  g_string_chunk_free (self->repaired);
  g_ptr_array_unref (self->notes);
  g_free (self);
}

void
shoal_tree_note (ShoalTree *self, const char *format, ...)
{
  va_list args;

  if (self->notes->len >= MAX_NOTES)
    return;

  va_start (args, format);
  g_ptr_array_add (self->notes, g_strdup_vprintf (format, args));
  va_end (args);
}

gboolean
shoal_tree_refuse_name (ShoalSpan name, ShoalNameFault fault, ShoalSide side, GError **error)
{
  g_autofree char *shown = shoal_name_escape (name.data, (gssize) name.size, 80);

  return shoal_error_set (error, SHOAL_ERROR_UNSAFE_NAME, side,
                          side == SHOAL_SIDE_HERE ? "Rename it, or share the rest without it."
                                                  : "Ask the sender to rename it.",
                          "The name “%s” %s", shown, shoal_name_fault_get_text (fault));
}

/* --- Adding -------------------------------------------------------------- */

static gboolean
check_name (ShoalTree *self, ShoalSpan *name, GError **error)
{
  ShoalNameFault fault = shoal_name_check (name->data, (gssize) name->size);
  g_autofree char *repaired = NULL;
  g_autofree char *shown = NULL;

  if (fault == SHOAL_NAME_OK)
    return TRUE;
  if (self->names == SHOAL_NAMES_REFUSE)
    return shoal_tree_refuse_name (*name, fault, self->side, error);

  repaired = shoal_name_repair (name->data, (gssize) name->size);
  shown = shoal_name_escape (name->data, (gssize) name->size, 80);
  shoal_tree_note (self, "“%s” is called “%s” here: it %s", shown, repaired,
                   shoal_name_fault_get_text (fault));
  self->is_renamed = TRUE;
  name->size = strlen (repaired);
  name->data = g_string_chunk_insert_len (self->repaired, repaired, (gssize) name->size);
  return TRUE;
}

/* Lower-case ASCII is told apart by its bytes alone. */
static gboolean
is_plain (ShoalSpan name)
{
  for (size_t i = 0; i < name.size; i++)
    {
      uint8_t c = (uint8_t) name.data[i];

      if (c >= 0x80 || (c >= 'A' && c <= 'Z'))
        return FALSE;
    }
  return TRUE;
}

static gboolean
add_node (ShoalTree *self, ShoalSpan name, gboolean is_file, GError **error)
{
  const ShoalTreeNode *parent
    = self->current != SHOAL_NO_NODE ? shoal_tree_node (self, self->current) : NULL;
  size_t prefix = parent != NULL ? parent->path_size + 1u : 0;
  unsigned depth = parent != NULL ? parent->depth + 1u : 1;
  ShoalTreeNode node = { .parent = self->current, .depth = (uint8_t) depth, .is_file = is_file };

  if (self->nodes->len >= SHOAL_MAX_ENTRIES)
    return shoal_error_set (error, SHOAL_ERROR_LIMIT, self->side,
                            "Pack the folder into one file, or share its parts one by one.",
                            "More than %u files and folders in one share", SHOAL_MAX_ENTRIES);
  if (!check_name (self, &name, error))
    return FALSE;
  if (depth > SHOAL_MAX_PATH_DEPTH)
    return shoal_tree_refuse_name (name, SHOAL_NAME_PATH_DEPTH, self->side, error);
  if (prefix + name.size > SHOAL_MAX_PATH_BYTES)
    return shoal_tree_refuse_name (name, SHOAL_NAME_PATH_LENGTH, self->side, error);

  node.name = name;
  node.path_size = (uint16_t) (prefix + name.size);
  node.end = self->nodes->len + 1;
  g_array_append_val (self->nodes, node);

  /* Settling will look closer where names could be equal in some other way. */
  if (!is_plain (name))
    {
      if (self->current != SHOAL_NO_NODE)
        shoal_tree_node (self, self->current)->may_clash = TRUE;
      else
        self->may_clash = TRUE;
    }
  /* Repairing can make even plain names equal. */
  if (self->is_renamed && self->current != SHOAL_NO_NODE)
    shoal_tree_node (self, self->current)->may_clash = TRUE;
  else if (self->is_renamed)
    self->may_clash = TRUE;
  return TRUE;
}

gboolean
shoal_tree_open_folder (ShoalTree *self, ShoalSpan name, GError **error)
{
  if (!add_node (self, name, FALSE, error))
    return FALSE;

  self->current = self->nodes->len - 1;
  return TRUE;
}

void
shoal_tree_close_folder (ShoalTree *self)
{
  ShoalTreeNode *folder = shoal_tree_node (self, self->current);

  folder->end = self->nodes->len;
  self->current = folder->parent;
}

gboolean
shoal_tree_add_file (ShoalTree *self, ShoalSpan name, uint64_t length, const ShoalHash *root,
                     GError **error)
{
  ShoalTreeNode *node;

  if (length > SHOAL_MAX_FILE_LENGTH)
    return shoal_error_set (error, SHOAL_ERROR_LIMIT, self->side, NULL,
                            "A file of more than 256 TiB");
  if (!add_node (self, name, TRUE, error))
    return FALSE;

  node = shoal_tree_node (self, self->nodes->len - 1);
  node->length = length;
  node->root = length > 0 ? root : NULL;
  return TRUE;
}

/* --- Settling clashes ---------------------------------------------------- */

/* A name as other file systems see it. */
typedef struct
{
  const char *key;
  uint32_t    folder; /* its node + 1; 0: the share itself, which so comes first */
  uint32_t    node;
} Key;

typedef struct
{
  ShoalTree    *tree;
  GStringChunk *chunk; /* (owned): of the keys */
  GArray       *keys;  /* (owned): of Key, sorted */
  GPtrArray    *taken; /* (owned): of Key: numbered names */
} Clashes;

/* Sorted rather than hashed: names are chosen by others, who could choose them
 * to fall into one bucket. */
static int
compare_keys (gconstpointer a, gconstpointer b)
{
  const Key *left = a;
  const Key *right = b;
  int order;

  if (left->folder != right->folder)
    return left->folder < right->folder ? -1 : 1;
  order = strcmp (left->key, right->key);
  if (order != 0)
    return order;
  return left->node < right->node ? -1 : left->node > right->node;
}

static void
collect_keys (Clashes *self)
{
  ShoalTree *tree = self->tree;

  for (uint32_t i = 0; i < tree->nodes->len; i++)
    {
      const ShoalTreeNode *node = shoal_tree_node (tree, i);
      gboolean may_clash = node->parent != SHOAL_NO_NODE
                             ? shoal_tree_node (tree, node->parent)->may_clash
                             : tree->may_clash;
      g_autofree char *made = NULL;
      Key key = { .folder = node->parent + 1, .node = i };

      if (!may_clash)
        continue;
      if (is_plain (node->name))
        key.key = g_string_chunk_insert_len (self->chunk, node->name.data,
                                             (gssize) node->name.size);
      else
        {
          made = shoal_name_clash_key (node->name.data, (gssize) node->name.size);
          key.key = g_string_chunk_insert (self->chunk, made);
        }
      g_array_append_val (self->keys, key);
    }
  g_array_sort (self->keys, compare_keys);
}

static gboolean
is_taken (const Clashes *self, uint32_t folder, const char *text)
{
  guint low = 0, high = self->keys->len;

  for (guint i = 0; i < self->taken->len; i++)
    {
      const Key *key = g_ptr_array_index (self->taken, i);

      if (key->folder == folder && g_str_equal (key->key, text))
        return TRUE;
    }

  while (low < high)
    {
      guint middle = low + (high - low) / 2;
      const Key *key = &g_array_index (self->keys, Key, middle);
      int order = key->folder != folder ? (key->folder < folder ? -1 : 1)
                                        : strcmp (key->key, text);

      if (order == 0)
        return TRUE;
      if (order < 0)
        low = middle + 1;
      else
        high = middle;
    }
  return FALSE;
}

static gboolean
give_number (Clashes *self, uint32_t index, GError **error)
{
  ShoalTreeNode *node = shoal_tree_node (self->tree, index);
  g_autofree char *name = g_strndup (node->name.data, node->name.size);

  for (unsigned i = 1; i <= MAX_REPAIRS && self->taken->len < MAX_REPAIRS; i++)
    {
      g_autofree char *numbered = shoal_name_add_number (name, i);
      g_autofree char *text = shoal_name_clash_key (numbered, -1);
      Key *key;

      if (is_taken (self, node->parent + 1, text))
        continue;

      key = g_new (Key, 1);
      *key = (Key){ g_string_chunk_insert (self->chunk, text), node->parent + 1, index };
      g_ptr_array_add (self->taken, key);
      shoal_tree_note (self->tree, "“%s” is called “%s” here: it %s", name, numbered,
                       shoal_name_fault_get_text (SHOAL_NAME_CLASH));
      node->name.size = strlen (numbered);
      node->name.data = g_string_chunk_insert (self->tree->repaired, numbered);
      self->tree->is_renamed = TRUE;
      return TRUE;
    }

  return shoal_error_set (error, SHOAL_ERROR_LIMIT, self->tree->side, NULL,
                          "More than %u names that differ only in case", MAX_REPAIRS);
}

/* Itself, or a folder that it is in. */
static gboolean
is_left_out (const ShoalTree *self, uint32_t index)
{
  while (index != SHOAL_NO_NODE && !shoal_tree_node (self, index)->left_out)
    index = shoal_tree_node (self, index)->parent;
  return index != SHOAL_NO_NODE;
}

static gboolean
settle_one (Clashes *self, uint32_t earlier, uint32_t index, ShoalClashFunc on_clash,
            gpointer user_data, GError **error)
{
  ShoalTreeNode *node = shoal_tree_node (self->tree, index);

  if (self->tree->names == SHOAL_NAMES_REPAIR)
    return give_number (self, index, error);
  if (on_clash == NULL)
    return shoal_tree_refuse_name (node->name, SHOAL_NAME_CLASH, self->tree->side, error);

  if (!is_left_out (self->tree, index))
    {
      g_autofree char *path = shoal_tree_dup_path (self->tree, index);
      g_autofree char *earlier_path = shoal_tree_dup_path (self->tree, earlier);

      node->left_out = TRUE;
      on_clash (path, earlier_path, user_data);
    }
  return TRUE;
}

/* Numbered names can be longer than the ones they replace. */
static gboolean
measure_paths (ShoalTree *self, GError **error)
{
  for (uint32_t i = 0; i < self->nodes->len; i++)
    {
      ShoalTreeNode *node = shoal_tree_node (self, i);
      size_t prefix = node->parent != SHOAL_NO_NODE
                        ? shoal_tree_node (self, node->parent)->path_size + 1u
                        : 0;

      if (prefix + node->name.size > SHOAL_MAX_PATH_BYTES)
        return shoal_tree_refuse_name (node->name, SHOAL_NAME_PATH_LENGTH, self->side, error);
      node->path_size = (uint16_t) (prefix + node->name.size);
    }
  return TRUE;
}

gboolean
shoal_tree_settle (ShoalTree *self, ShoalClashFunc on_clash, gpointer user_data, GError **error)
{
  g_autoptr (GArray) keys = g_array_new (FALSE, FALSE, sizeof (Key));
  g_autoptr (GPtrArray) taken = g_ptr_array_new_with_free_func (g_free);
  Clashes clashes = { self, g_string_chunk_new (16 * 1024), keys, taken };
  gboolean ok = TRUE;
  guint first = 0;

  collect_keys (&clashes);
  for (guint i = 1; i < keys->len && ok; i++)
    {
      const Key *key = &g_array_index (keys, Key, i);
      const Key *earlier = &g_array_index (keys, Key, first);

      if (key->folder == earlier->folder && g_str_equal (key->key, earlier->key))
        ok = settle_one (&clashes, earlier->node, key->node, on_clash, user_data, error);
      else
        first = i;
    }

  g_string_chunk_free (clashes.chunk);
  return ok && (taken->len == 0 || measure_paths (self, error));
}

/* --- Walking ------------------------------------------------------------- */

static uint32_t
skip_left_out (const ShoalTree *self, uint32_t index)
{
  while (index < self->nodes->len && shoal_tree_node (self, index)->left_out)
    index = shoal_tree_node (self, index)->end;
  return index;
}

uint32_t
shoal_tree_first (const ShoalTree *self)
{
  return skip_left_out (self, 0);
}

uint32_t
shoal_tree_next (const ShoalTree *self, uint32_t index)
{
  return skip_left_out (self, index + 1);
}

gboolean
shoal_tree_is_single_file (const ShoalTree *self, const char *name)
{
  uint32_t first = shoal_tree_first (self);
  const ShoalTreeNode *node;

  if (first >= self->nodes->len || shoal_tree_next (self, first) < self->nodes->len)
    return FALSE;

  node = shoal_tree_node (self, first);
  return node->is_file && node->parent == SHOAL_NO_NODE && shoal_span_equals (node->name, name);
}

char *
shoal_tree_dup_path (const ShoalTree *self, uint32_t index)
{
  GString *path = g_string_new (NULL);

  for (; index != SHOAL_NO_NODE; index = shoal_tree_node (self, index)->parent)
    {
      const ShoalTreeNode *node = shoal_tree_node (self, index);

      if (path->len > 0)
        g_string_prepend_c (path, '/');
      g_string_prepend_len (path, node->name.data, (gssize) node->name.size);
    }
  return g_string_free (path, FALSE);
}

static void
write_file (const ShoalTreeNode *node, gboolean with_roots, GByteArray *out)
{
  shoal_bencode_begin_dict (out);
  shoal_bencode_add_string (out, "");
  shoal_bencode_begin_dict (out);
  shoal_bencode_add_string (out, "length");
  shoal_bencode_add_integer (out, (int64_t) node->length);
  if (with_roots && node->length > 0)
    {
      shoal_bencode_add_string (out, "pieces root");
      shoal_bencode_add_bytes (out, node->root, sizeof *node->root);
    }
  shoal_bencode_end (out);
  shoal_bencode_end (out);
}

void
shoal_tree_write (const ShoalTree *self, gboolean with_roots, GByteArray *out)
{
  unsigned depth = 1;

  shoal_bencode_begin_dict (out);
  for (uint32_t i = shoal_tree_first (self); i < self->nodes->len; i = shoal_tree_next (self, i))
    {
      const ShoalTreeNode *node = shoal_tree_node (self, i);

      for (; depth > node->depth; depth--)
        shoal_bencode_end (out);
      shoal_bencode_add_bytes (out, node->name.data, node->name.size);
      if (node->is_file)
        write_file (node, with_roots, out);
      else
        {
          shoal_bencode_begin_dict (out);
          depth++;
        }
    }
  for (; depth > 0; depth--)
    shoal_bencode_end (out);
}
