/* shoal-content-source.h: bytes and hashes of a share, wherever they lie.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-description.h"
#include "shoal-runtime.h"

G_BEGIN_DECLS

/**
 * ShoalContentSource:
 *
 * What serving needs, and nothing else: a seed (files of this computer,
 * shoal-seed.h) and a download in progress (the piece store) both are one.
 * Files are numbered as in the description that goes with the source.
 *
 * Belongs to the engine context. Every call is asynchronous and answers exactly
 * once, there, never from inside the call; the source lives until it has. There
 * is nothing to cancel: drop what comes. The caller bounds what is outstanding
 * (read: 1 MiB of memory each from the moment of the answer).
 *
 * Errors: CHANGED: this copy of the file is not what was hashed, now and for
 * ever; NOT_FOUND: not here (yet); LIMIT, INVALID: no such file, leaf or node;
 * DISK; CANCELLED: the source was closed.
 */
typedef struct _ShoalContentSource ShoalContentSource;

/* @bytes: the leaves asked for, in order, the last of a file short; ref to keep;
 * NULL on error. */
typedef void (*ShoalReadFunc)   (GBytes *bytes, const GError *error, gpointer user_data);
/* @hashes: valid during the call; NULL on error. */
typedef void (*ShoalHashesFunc) (const ShoalHash *hashes, uint32_t n_hashes, const GError *error,
                                 gpointer user_data);
/* @windows: whole layers from SHOAL_MERKLE_GROUP_LAYER up to the root, valid
 * during the call; none for files of at most one group. */
typedef void (*ShoalUpperFunc)  (const ShoalMerkleWindow *windows, size_t n_windows,
                                 const GError *error, gpointer user_data);

/* Each kind of source fills one of these in. */
typedef struct
{
  void (*ref)    (ShoalContentSource *self);
  void (*unref)  (ShoalContentSource *self);
  void (*read)   (ShoalContentSource *self, uint32_t file, uint64_t first_leaf, uint32_t n_leaves,
                  ShoalReadFunc func, gpointer user_data);
  void (*hashes) (ShoalContentSource *self, uint32_t file, uint64_t group, ShoalHashesFunc func,
                  gpointer user_data);
  void (*upper)  (ShoalContentSource *self, uint32_t file, ShoalUpperFunc func,
                  gpointer user_data);
} ShoalContentSourceFuncs;

/* The first member of every source. */
struct _ShoalContentSource
{
  const ShoalContentSourceFuncs *funcs;
  ShoalRuntime                  *runtime;     /* (owned by the source) */
  ShoalDescription              *description; /* (owned by the source) */
};

ShoalContentSource *shoal_content_source_ref   (ShoalContentSource *self);
void                shoal_content_source_unref (ShoalContentSource *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShoalContentSource, shoal_content_source_unref)

/* (transfer none) */
ShoalDescription *shoal_content_source_get_description (ShoalContentSource *self);

/* @n_leaves: 1 … SHOAL_MAX_REQUEST_LEAVES; those beyond the end of the file are
 * an error. In a draft it waits until the leaves' groups have been hashed.
 * Give many at once: small ones are read together. */
void shoal_content_source_read_async (ShoalContentSource *self, uint32_t file, uint64_t first_leaf,
                                      uint32_t n_leaves, ShoalReadFunc func, gpointer user_data);

/* The leaf hashes of group @group: shoal_merkle_group_size() of them. In a draft
 * they are made now if need be, and a few groups after it in advance. */
void shoal_content_source_hashes_async (ShoalContentSource *self, uint32_t file, uint64_t group,
                                        ShoalHashesFunc func, gpointer user_data);

/* All inner nodes above the groups. NOT_FOUND in a draft until the file's root
 * is known. */
void shoal_content_source_upper_async (ShoalContentSource *self, uint32_t file,
                                       ShoalUpperFunc func, gpointer user_data);

/**
 * shoal_content_source_prove_async:
 * @range: as asked for; checked here: INVALID
 *
 * Answers a hash request: with the nodes of @range and the uncles that prove
 * them, as shoal_merkle_prove() does (without padding). At most 64 groups of
 * leaves are gone through for one answer, more is LIMIT. For shares whose
 * roots are known.
 */
void shoal_content_source_prove_async (ShoalContentSource *self, uint32_t file,
                                       const ShoalMerkleRange *range, ShoalHashesFunc func,
                                       gpointer user_data);

G_END_DECLS
