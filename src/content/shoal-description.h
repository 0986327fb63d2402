/* shoal-description.h: what is in a share: names, lengths, pieces roots.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-error.h"
#include "shoal-hash.h"
#include "shoal-limits.h"
#include "shoal-merkle.h"

G_BEGIN_DECLS

/**
 * ShoalDescription:
 *
 * An info dictionary of BEP 52 and what follows from it; or the *manifest* of
 * a draft share, which is the same dictionary without the pieces roots.
 * A function of names and bytes alone: the same folder gives the same share.
 *
 * Files are numbered in the order of the file tree (raw bytes of the names,
 * element by element). Folders, empty or not, are numbered apart, each before
 * what it holds; the folder that bears the share's name is not among them.
 * Non-empty files start on a piece of their own.
 *
 * A share of one file has the tree {name: file}; every other one stands for a
 * folder called `name`. (BEP 52 spells a folder that holds just one file of
 * its own name like that file alone, and so that is what it becomes.)
 *
 * Immutable and atomically reference-counted: any thread. Building and parsing
 * a large one takes a good part of a second: more than 64 KiB of it belongs on
 * a worker (SHOAL_POOL_HASH).
 */
typedef struct _ShoalDescription ShoalDescription;

#define SHOAL_NO_FOLDER G_MAXUINT32

typedef struct
{
  const char *path;        /* safe, '/' between names; of a single file its name */
  uint64_t    length;
  /* What the file is called on the wire: its pieces root, or in a draft
   * shoal_file_key_for_draft(). Files of one content share a root. Nothing is
   * ever asked of an empty file: its key is all zeroes and is not found. */
  ShoalHash   key;
  uint32_t    first_piece;
  uint32_t    n_pieces;    /* 0 for an empty file */
  uint32_t    folder;      /* that it lies in; SHOAL_NO_FOLDER: directly in the share */
  uint32_t    next_same;   /* next file of the same key, or G_MAXUINT32 */
} ShoalFile;

typedef struct
{
  const char *path;
  uint32_t    parent;     /* SHOAL_NO_FOLDER: directly in the share */
  uint32_t    first_file; /* the files beneath, at any depth, are consecutive */
  uint32_t    n_files;    /* 0: holds at most empty folders */
} ShoalFolder;

/* What to do about names that must not be written. */
typedef enum
{
  SHOAL_NAMES_REFUSE, /* our own protocol: SHOAL_ERROR_UNSAFE_NAME */
  SHOAL_NAMES_REPAIR, /* torrents of foreign programs, see shoal_name_repair() */
} ShoalNames;

/* --- Making -------------------------------------------------------------- */

/**
 * shoal_description_parse:
 * @info: an info dictionary, kept by reference; the info hash is over exactly
 *   these bytes
 *
 * Takes v2 and hybrid torrents of any sane piece length and with any further
 * keys. v1-only ones fail with SHOAL_ERROR_UNSUPPORTED and say what to do. Pad
 * files and symbolic links are left out (with REFUSE, links are refused).
 *
 * Errors: INVALID, LIMIT, UNSAFE_NAME, UNSUPPORTED; never trusted, never
 * asserted.
 *
 * Returns: (transfer full)
 */
ShoalDescription *shoal_description_parse       (GBytes *info, ShoalNames names, GError **error);
/* The manifest of a draft called @id (from the offer). Returns: (transfer full) */
ShoalDescription *shoal_description_parse_draft (GBytes *manifest, const ShoalHash *id,
                                                 GError **error);

typedef struct _ShoalDescriptionBuilder ShoalDescriptionBuilder;

/* @name: of the share. @is_single_file: exactly one file will be added, whose
 * path is @name. */
ShoalDescriptionBuilder *shoal_description_builder_new  (const char *name, gboolean is_single_file);
void                     shoal_description_builder_free (ShoalDescriptionBuilder *self);
/* In any order. @root: NULL for an empty file, and in a draft. Folders that
 * hold something need not be added. UNSAFE_NAME: tell the user and go on
 * without that one; the builder is as before. LIMIT: too many, too large. */
gboolean shoal_description_builder_add_file   (ShoalDescriptionBuilder *self, const char *path,
                                               uint64_t length, const ShoalHash *root,
                                               GError **error);
gboolean shoal_description_builder_add_folder (ShoalDescriptionBuilder *self, const char *path,
                                               GError **error);

/* Called for each entry that clashes with one before it (in tree order). */
typedef void (*ShoalClashFunc) (const char *path, const char *earlier, gpointer user_data);

/**
 * shoal_description_builder_finish:
 * @draft_id: (nullable): makes a draft of that name; roots are ignored
 * @on_clash: (nullable): called for names that equal another one but for case or
 *   composition; such entries, with all beneath them, are left out. Without it
 *   they fail with UNSAFE_NAME.
 *
 * Leaves the builder empty.
 *
 * Returns: (transfer full)
 */
ShoalDescription *shoal_description_builder_finish (ShoalDescriptionBuilder *self,
                                                    const ShoalHash *draft_id,
                                                    ShoalClashFunc on_clash, gpointer user_data,
                                                    GError **error);

/**
 * shoal_description_complete:
 * @draft: a draft
 * @roots: (array): the pieces root of every file, by index; of empty files and
 *   those left out, ignored
 * @left_out: (array) (nullable): TRUE for files that failed and are not part of the result
 *
 * The share that a draft becomes once all is hashed. Both ends compute the
 * same. Files keep their order; those left out close up, their folders stay.
 * (Where all but a file of the share's own name is left out, it becomes a share
 * of one file: what was chosen as its place on disk stays right.)
 *
 * Returns: (transfer full)
 */
ShoalDescription *shoal_description_complete (ShoalDescription *draft, const ShoalHash *roots,
                                              const gboolean *left_out, GError **error);

ShoalDescription *shoal_description_ref   (ShoalDescription *self);
void              shoal_description_unref (ShoalDescription *self);

/* --- Asking -------------------------------------------------------------- */

gboolean         shoal_description_is_draft       (ShoalDescription *self);
/* The v2 info hash; of a draft, the ID that the offer gave it. */
const ShoalHash *shoal_description_get_id         (ShoalDescription *self);
/* The info dictionary or manifest, as it goes over the wire. (transfer none) */
GBytes          *shoal_description_get_bytes      (ShoalDescription *self);
/* Safe; what the file or folder is called on disk. */
const char      *shoal_description_get_name       (ShoalDescription *self);
gboolean         shoal_description_is_single_file (ShoalDescription *self);
uint64_t         shoal_description_get_length     (ShoalDescription *self);
uint32_t         shoal_description_get_piece_length (ShoalDescription *self);
/* Of all files: the bits in a bitfield. */
uint32_t         shoal_description_get_n_pieces   (ShoalDescription *self);

uint32_t           shoal_description_get_n_files   (ShoalDescription *self);
const ShoalFile   *shoal_description_get_file      (ShoalDescription *self, uint32_t index);
uint32_t           shoal_description_get_n_folders (ShoalDescription *self);
const ShoalFolder *shoal_description_get_folder    (ShoalDescription *self, uint32_t index);

/* First file of that key; go on by its next_same. FALSE: none. */
gboolean shoal_description_find_key  (ShoalDescription *self, const ShoalHash *key,
                                      uint32_t *index);
/* By exact path, as repaired. FALSE: none. */
gboolean shoal_description_find_path (ShoalDescription *self, const char *path, uint32_t *index);
/* The file that piece @piece belongs to. @piece < n_pieces. */
uint32_t shoal_description_file_of_piece (ShoalDescription *self, uint32_t piece);

/* One line each about names repaired and entries left out on parsing, at most
 * 100; NULL-terminated. (transfer none) */
const char *const *shoal_description_get_notes (ShoalDescription *self);

/* SHA-256 ("shoal draft file 1" ‖ draft ID ‖ u32 index). */
void shoal_file_key_for_draft (const ShoalHash *draft_id, uint32_t index, ShoalHash *key);

/* The rule for shares made here: the smallest power of two ≥ 64 KiB with at
 * most 4,096 pieces in the largest file and SHOAL_MAX_PIECES in all, ≤ 16 MiB. */
uint32_t shoal_piece_length_for (const uint64_t *lengths, size_t n_files);

/* The order of files in a description: as strcmp(), but '/' before all else. */
int shoal_path_compare (const char *a, const char *b);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShoalDescription, shoal_description_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShoalDescriptionBuilder, shoal_description_builder_free)

G_END_DECLS
