/* shoal-file-tree.c: the files of an offer, as a tree to tick.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"

#include "config.h"

#include "shoal-file-tree.h"

#include <string.h>

/* A file or a folder. They lie in depth-first order, so that all beneath a folder
 * is what follows it up to its end. The first is the offer itself. */
typedef struct
{
  const char *path;     /* in the list of files, or in the chunk of folders */
  guint    name;        /* where the last part begins in it */
  guint    parent;
  guint    end;         /* after the last beneath */
  guint    first_child; /* in the array of children */
  guint    n_children;
  guint    n_files;     /* beneath; 1 for a file */
  guint    n_chosen;    /* of them */
  uint64_t bytes;
  uint64_t chosen_bytes;
  gboolean is_folder;
} Node;

struct _ShoalFileTree
{
  GObject     parent_instance;

  ShoalFileList *files; /* (owned): has the names */
  GStringChunk *folders; /* (owned) */
  GArray     *nodes;    /* (owned) of Node */
  guint      *children; /* (owned): indices, a folder's next to each other */
  GHashTable *items;    /* (owned): index → ShoalFileTreeItem (unowned), while it lives */
};

struct _ShoalFileTreeItem
{
  GObject        parent_instance;

  ShoalFileTree *tree; /* (owned) */
  guint          index;
};

G_DEFINE_FINAL_TYPE (ShoalFileTree, shoal_file_tree, G_TYPE_OBJECT)
G_DEFINE_FINAL_TYPE (ShoalFileTreeItem, shoal_file_tree_item, G_TYPE_OBJECT)

enum
{
  CHANGED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

static Node *
node_at (ShoalFileTree *self, guint index)
{
  return &g_array_index (self->nodes, Node, index);
}

/* --- What a folder holds ------------------------------------------------- */

#define SHOAL_TYPE_FILE_TREE_LEVEL (shoal_file_tree_level_get_type ())
G_DECLARE_FINAL_TYPE (ShoalFileTreeLevel, shoal_file_tree_level, SHOAL, FILE_TREE_LEVEL, GObject)

/* A list that makes its items when they are asked for. */
struct _ShoalFileTreeLevel
{
  GObject        parent_instance;

  ShoalFileTree *tree; /* (owned) */
  guint          index;
};

static void shoal_file_tree_level_list_init (GListModelInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (ShoalFileTreeLevel, shoal_file_tree_level, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL,
                                                      shoal_file_tree_level_list_init))

static GType
level_get_item_type (GListModel *model)
{
  return SHOAL_TYPE_FILE_TREE_ITEM;
}

static guint
level_get_n_items (GListModel *model)
{
  ShoalFileTreeLevel *self = SHOAL_FILE_TREE_LEVEL (model);

  return node_at (self->tree, self->index)->n_children;
}

static gpointer
level_get_item (GListModel *model, guint position)
{
  ShoalFileTreeLevel *self = SHOAL_FILE_TREE_LEVEL (model);
  ShoalFileTree *tree = self->tree;
  const Node *node = node_at (tree, self->index);
  ShoalFileTreeItem *item;
  guint index;

  if (position >= node->n_children)
    return NULL;
  index = tree->children[node->first_child + position];
  item = g_hash_table_lookup (tree->items, GUINT_TO_POINTER (index));
  if (item != NULL)
    return g_object_ref (item);

  item = g_object_new (SHOAL_TYPE_FILE_TREE_ITEM, NULL);
  item->tree = g_object_ref (tree);
  item->index = index;
  g_hash_table_insert (tree->items, GUINT_TO_POINTER (index), item);
  return item;
}

static void
shoal_file_tree_level_list_init (GListModelInterface *iface)
{
  iface->get_item_type = level_get_item_type;
  iface->get_n_items = level_get_n_items;
  iface->get_item = level_get_item;
}

static void
shoal_file_tree_level_finalize (GObject *object)
{
  ShoalFileTreeLevel *self = SHOAL_FILE_TREE_LEVEL (object);

  g_clear_object (&self->tree);
  G_OBJECT_CLASS (shoal_file_tree_level_parent_class)->finalize (object);
}

static void
shoal_file_tree_level_class_init (ShoalFileTreeLevelClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = shoal_file_tree_level_finalize;
}

static void
shoal_file_tree_level_init (ShoalFileTreeLevel *self)
{
}

static GListModel *
level_new (ShoalFileTree *tree, guint index)
{
  ShoalFileTreeLevel *self = g_object_new (SHOAL_TYPE_FILE_TREE_LEVEL, NULL);

  self->tree = g_object_ref (tree);
  self->index = index;
  return G_LIST_MODEL (self);
}

/* --- Making the tree ----------------------------------------------------- */

static guint
add_node (ShoalFileTree *self, guint parent, const char *path, guint name, gboolean is_folder)
{
  Node node = {
    .path = path,
    .name = name,
    .parent = parent,
    .end = self->nodes->len + 1,
    .is_folder = is_folder,
  };

  g_array_append_val (self->nodes, node);
  if (self->nodes->len > 1)
    node_at (self, parent)->n_children++;
  return self->nodes->len - 1;
}

/* @path lies in @folder or beneath. */
static gboolean
is_beneath (const Node *folder, const char *path)
{
  gsize length = strlen (folder->path);

  return length == 0 || (strncmp (path, folder->path, length) == 0 && path[length] == '/');
}

static void
add_file (ShoalFileTree *self, guint *folder, const ShoalListedFile *entry)
{
  guint at = *folder, file;
  const char *slash;
  gsize begin;

  while (!is_beneath (node_at (self, at), entry->path))
    at = node_at (self, at)->parent;
  begin = strlen (node_at (self, at)->path);
  begin += begin > 0;
  while ((slash = strchr (entry->path + begin, '/')) != NULL)
    {
      gssize length = slash - entry->path;

      at = add_node (self, at, g_string_chunk_insert_len (self->folders, entry->path, length),
                     (guint) begin, TRUE);
      begin = (gsize) length + 1;
    }
  file = add_node (self, at, entry->path, (guint) begin, FALSE);
  node_at (self, file)->n_files = node_at (self, file)->n_chosen = 1;
  node_at (self, file)->bytes = node_at (self, file)->chosen_bytes = entry->bytes;
  *folder = at;
}

/* From the last to the first every child comes before its folder. */
static void
sum_up (ShoalFileTree *self)
{
  for (guint i = self->nodes->len; i-- > 1;)
    {
      const Node *node = node_at (self, i);
      Node *parent = node_at (self, node->parent);

      parent->n_files += node->n_files;
      parent->n_chosen += node->n_chosen;
      parent->bytes += node->bytes;
      parent->chosen_bytes += node->chosen_bytes;
      parent->end = MAX (parent->end, node->end);
    }
}

/* Folders first, else in the order of the tree. */
static void
list_children (ShoalFileTree *self)
{
  guint n = 0;
  g_autofree guint *filled = g_new0 (guint, self->nodes->len);

  self->children = g_new (guint, self->nodes->len);
  for (guint i = 0; i < self->nodes->len; i++)
    {
      node_at (self, i)->first_child = n;
      n += node_at (self, i)->n_children;
    }
  for (int folders = 1; folders >= 0; folders--)
    {
      for (guint i = 1; i < self->nodes->len; i++)
        {
          const Node *node = node_at (self, i);

          if (node->is_folder == folders)
            self->children[node_at (self, node->parent)->first_child + filled[node->parent]++] = i;
        }
    }
}

ShoalFileTree *
shoal_file_tree_new (ShoalFileList *files)
{
  ShoalFileTree *self = g_object_new (SHOAL_TYPE_FILE_TREE, NULL);
  guint folder = 0;

  self->files = shoal_file_list_ref (files);
  add_node (self, 0, "", 0, TRUE);
  for (guint i = 0; i < shoal_file_list_get_n_files (files); i++)
    {
      ShoalListedFile file;

      shoal_file_list_get (files, i, &file);
      add_file (self, &folder, &file);
    }
  sum_up (self);
  list_children (self);
  return self;
}

/* --- GObject ------------------------------------------------------------- */

static void
shoal_file_tree_finalize (GObject *object)
{
  ShoalFileTree *self = SHOAL_FILE_TREE (object);

  g_array_unref (self->nodes);
  g_string_chunk_free (self->folders);
  g_clear_pointer (&self->files, shoal_file_list_unref);
  g_free (self->children);
  g_hash_table_unref (self->items);
  G_OBJECT_CLASS (shoal_file_tree_parent_class)->finalize (object);
}

static void
shoal_file_tree_class_init (ShoalFileTreeClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = shoal_file_tree_finalize;
  signals[CHANGED] = g_signal_new ("changed", SHOAL_TYPE_FILE_TREE, G_SIGNAL_RUN_LAST, 0, NULL,
                                   NULL, NULL, G_TYPE_NONE, 0);
}

static void
shoal_file_tree_init (ShoalFileTree *self)
{
  self->nodes = g_array_new (FALSE, FALSE, sizeof (Node));
  self->folders = g_string_chunk_new (1024);
  self->items = g_hash_table_new (NULL, NULL);
}

static void
shoal_file_tree_item_finalize (GObject *object)
{
  ShoalFileTreeItem *self = SHOAL_FILE_TREE_ITEM (object);

  g_hash_table_remove (self->tree->items, GUINT_TO_POINTER (self->index));
  g_clear_object (&self->tree);
  G_OBJECT_CLASS (shoal_file_tree_item_parent_class)->finalize (object);
}

static void
shoal_file_tree_item_class_init (ShoalFileTreeItemClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = shoal_file_tree_item_finalize;
}

static void
shoal_file_tree_item_init (ShoalFileTreeItem *self)
{
}

/* --- Choosing ------------------------------------------------------------ */

static void
choose (ShoalFileTree *self, guint index, gboolean chosen)
{
  Node *node = node_at (self, index);
  guint n_before = node->n_chosen;
  uint64_t bytes_before = node->chosen_bytes;

  for (guint i = index; i < node->end; i++)
    {
      Node *beneath = node_at (self, i);

      beneath->n_chosen = chosen ? beneath->n_files : 0;
      beneath->chosen_bytes = chosen ? beneath->bytes : 0;
    }
  for (guint i = index; i != 0;)
    {
      Node *above = node_at (self, i = node_at (self, i)->parent);

      above->n_chosen += node->n_chosen - n_before;
      above->chosen_bytes += node->chosen_bytes - bytes_before;
    }
  g_signal_emit (self, signals[CHANGED], 0);
}

void
shoal_file_tree_choose_all (ShoalFileTree *self, gboolean chosen)
{
  choose (self, 0, chosen);
}

char **
shoal_file_tree_dup_chosen (ShoalFileTree *self)
{
  g_autoptr (GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);
  guint i = 1;

  if (node_at (self, 0)->n_chosen == node_at (self, 0)->n_files)
    return NULL;
  while (i < self->nodes->len)
    {
      const Node *node = node_at (self, i);

      if (node->n_chosen == 0 || node->n_chosen == node->n_files)
        {
          if (node->n_chosen > 0)
            g_ptr_array_add (paths, g_strdup (node->path));
          i = node->end;
        }
      else
        {
          i++;
        }
    }
  g_ptr_array_add (paths, NULL);
  return (char **) g_ptr_array_free (g_steal_pointer (&paths), FALSE);
}

/* --- Asking -------------------------------------------------------------- */

GListModel *
shoal_file_tree_get_top (ShoalFileTree *self)
{
  g_return_val_if_fail (SHOAL_IS_FILE_TREE (self), NULL);

  return level_new (self, 0);
}

guint
shoal_file_tree_get_n_files (ShoalFileTree *self)
{
  return node_at (self, 0)->n_files;
}

guint
shoal_file_tree_get_n_chosen (ShoalFileTree *self)
{
  return node_at (self, 0)->n_chosen;
}

uint64_t
shoal_file_tree_get_chosen_bytes (ShoalFileTree *self)
{
  return node_at (self, 0)->chosen_bytes;
}

ShoalFileTree *
shoal_file_tree_item_get_tree (ShoalFileTreeItem *self)
{
  g_return_val_if_fail (SHOAL_IS_FILE_TREE_ITEM (self), NULL);

  return self->tree;
}

const char *
shoal_file_tree_item_get_name (ShoalFileTreeItem *self)
{
  const Node *node = node_at (self->tree, self->index);

  return node->path + node->name;
}

gboolean
shoal_file_tree_item_is_folder (ShoalFileTreeItem *self)
{
  return node_at (self->tree, self->index)->is_folder;
}

uint64_t
shoal_file_tree_item_get_bytes (ShoalFileTreeItem *self)
{
  return node_at (self->tree, self->index)->bytes;
}

guint
shoal_file_tree_item_get_n_files (ShoalFileTreeItem *self)
{
  return node_at (self->tree, self->index)->n_files;
}

ShoalChoice
shoal_file_tree_item_get_choice (ShoalFileTreeItem *self)
{
  const Node *node = node_at (self->tree, self->index);

  if (node->n_chosen == 0)
    return SHOAL_CHOICE_NONE;
  return node->n_chosen == node->n_files ? SHOAL_CHOICE_ALL : SHOAL_CHOICE_SOME;
}

void
shoal_file_tree_item_choose (ShoalFileTreeItem *self, gboolean chosen)
{
  g_return_if_fail (SHOAL_IS_FILE_TREE_ITEM (self));

  choose (self->tree, self->index, chosen);
}

GListModel *
shoal_file_tree_item_get_children (ShoalFileTreeItem *self)
{
  g_return_val_if_fail (SHOAL_IS_FILE_TREE_ITEM (self), NULL);

  return node_at (self->tree, self->index)->is_folder ? level_new (self->tree, self->index) : NULL;
}
