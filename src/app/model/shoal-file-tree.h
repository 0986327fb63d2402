/* shoal-file-tree.h: the files of an offer, as a tree to tick.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-file-list.h"

G_BEGIN_DECLS

/**
 * ShoalFileTree:
 *
 * What an offer holds, and what of it is wanted; at first all of it. The tree is
 * an array of plain records; an object exists only for a row that somebody looks
 * at, so that a hundred thousand files cost little. GTK thread.
 *
 * Signal "changed": what is wanted changed; rows ask anew.
 */
#define SHOAL_TYPE_FILE_TREE (shoal_file_tree_get_type ())
G_DECLARE_FINAL_TYPE (ShoalFileTree, shoal_file_tree, SHOAL, FILE_TREE, GObject)

/* A row: a file or a folder. */
#define SHOAL_TYPE_FILE_TREE_ITEM (shoal_file_tree_item_get_type ())
G_DECLARE_FINAL_TYPE (ShoalFileTreeItem, shoal_file_tree_item, SHOAL, FILE_TREE_ITEM, GObject)

typedef enum
{
  SHOAL_CHOICE_NONE,
  SHOAL_CHOICE_SOME,
  SHOAL_CHOICE_ALL,
} ShoalChoice;

/* Everything in @files is wanted at first. Empty folders are left out: they come
 * anyhow. @files is kept. Returns: (transfer full) */
ShoalFileTree *shoal_file_tree_new (ShoalFileList *files);

/* The top level. (transfer full) (element-type ShoalFileTreeItem) */
GListModel *shoal_file_tree_get_top (ShoalFileTree *self);

guint    shoal_file_tree_get_n_files  (ShoalFileTree *self);
guint    shoal_file_tree_get_n_chosen (ShoalFileTree *self);
uint64_t shoal_file_tree_get_chosen_bytes (ShoalFileTree *self);
void     shoal_file_tree_choose_all   (ShoalFileTree *self, gboolean chosen);

/* What shoal_engine_accept() takes: whole folders by their own path, the rest file
 * by file. NULL: everything. (transfer full) (nullable) */
char **shoal_file_tree_dup_chosen (ShoalFileTree *self);

ShoalFileTree *shoal_file_tree_item_get_tree   (ShoalFileTreeItem *self);
const char    *shoal_file_tree_item_get_name   (ShoalFileTreeItem *self);
gboolean       shoal_file_tree_item_is_folder  (ShoalFileTreeItem *self);
/* Of a folder: all that is in it. */
uint64_t       shoal_file_tree_item_get_bytes  (ShoalFileTreeItem *self);
guint          shoal_file_tree_item_get_n_files (ShoalFileTreeItem *self);
ShoalChoice    shoal_file_tree_item_get_choice (ShoalFileTreeItem *self);
void           shoal_file_tree_item_choose     (ShoalFileTreeItem *self, gboolean chosen);
/* NULL for a file. (transfer full) (nullable) (element-type ShoalFileTreeItem) */
GListModel    *shoal_file_tree_item_get_children (ShoalFileTreeItem *self);

G_END_DECLS
