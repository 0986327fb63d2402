/* shoal-tree.h: a file tree while it is read or made, for this room only.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#ifndef SHOAL_CONTENT_COMPILATION
#error "private to src/content"
#endif

#include "shoal-bencode.h"
#include "shoal-description.h"
#include "shoal-names.h"

G_BEGIN_DECLS

#define SHOAL_NO_NODE G_MAXUINT32

/* A file or folder. Nodes lie in the order of the tree, a folder before what is
 * in it. */
typedef struct
{
  ShoalSpan        name;      /* safe; borrowed from the source, or from the tree */
  uint64_t         length;
  const ShoalHash *root;      /* (nullable): borrowed from the source */
  uint32_t         parent;    /* SHOAL_NO_NODE: in the share itself */
  uint32_t         end;       /* index of the first node that is not beneath */
  uint16_t         path_size; /* bytes of the whole path */
  uint8_t          depth;     /* 1: in the share itself */
  guint            is_file  : 1;
  guint            left_out : 1; /* with everything beneath */
  guint            may_clash : 1; /* a folder in which names need comparing */
} ShoalTreeNode;

typedef struct
{
  ShoalNames    names;         /* what to do about unsafe ones */
  ShoalSide     side;          /* whose fault they are */
  GArray       *nodes;         /* (owned): of ShoalTreeNode */
  uint32_t      current;       /* open folder */
  gboolean      may_clash;     /* in the share itself */
  GStringChunk *repaired;      /* (owned): names made here */
  GPtrArray    *notes;         /* (owned): of char*, what was repaired and left out */
  gboolean      is_renamed;    /* so names are no longer in order */
} ShoalTree;

ShoalTree *shoal_tree_new  (ShoalNames names, ShoalSide side);
void       shoal_tree_free (ShoalTree *self);

static inline ShoalTreeNode *
shoal_tree_node (const ShoalTree *self, uint32_t index)
{
  return &g_array_index (self->nodes, ShoalTreeNode, index);
}

/* In tree order; spans and roots must outlive the tree. UNSAFE_NAME, LIMIT. */
gboolean shoal_tree_open_folder  (ShoalTree *self, ShoalSpan name, GError **error);
void     shoal_tree_close_folder (ShoalTree *self);
gboolean shoal_tree_add_file     (ShoalTree *self, ShoalSpan name, uint64_t length,
                                  const ShoalHash *root, GError **error);

/* After the last node: deals with names that some file system takes for the
 * same. With REPAIR they get numbers; with @on_clash they are left out; else
 * UNSAFE_NAME. */
gboolean shoal_tree_settle (ShoalTree *self, ShoalClashFunc on_clash, gpointer user_data,
                            GError **error);

/* The index after @index and, if that is left out, after what is beneath it. */
uint32_t shoal_tree_next (const ShoalTree *self, uint32_t index);
/* The first that is not left out; nodes->len if there is none. */
uint32_t shoal_tree_first (const ShoalTree *self);
/* TRUE if there is just one file, called @name. */
gboolean shoal_tree_is_single_file (const ShoalTree *self, const char *name);
/* Returns: (transfer full) */
char    *shoal_tree_dup_path (const ShoalTree *self, uint32_t index);
/* As the value of “file tree”. */
void     shoal_tree_write (const ShoalTree *self, gboolean with_roots, GByteArray *out);
void     shoal_tree_note  (ShoalTree *self, const char *format, ...) G_GNUC_PRINTF (2, 3);

/* UNSAFE_NAME, saying which rule @name breaks. Always FALSE. */
gboolean shoal_tree_refuse_name (ShoalSpan name, ShoalNameFault fault, ShoalSide side,
                                 GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShoalTree, shoal_tree_free)

/* --- The description made of it (shoal-description.c) -------------------- */

typedef struct
{
  const char      *name;         /* safe; of the share */
  gboolean         is_single_file;
  uint32_t         piece_length; /* 0: by the rule */
  const ShoalHash *draft_id;     /* (nullable) */
  GBytes          *bytes;        /* (nullable): NULL: written from the tree */
} ShoalDescriptionHead;

/* INVALID and LIMIT. Returns: (transfer full) */
ShoalDescription *shoal_description_from_tree (ShoalTree *tree, const ShoalDescriptionHead *head,
                                               GError **error);

G_END_DECLS
